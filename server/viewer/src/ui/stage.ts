// The stage: poster, models, and the texts over them.
import { h } from "../dom";
import type { Picture, State } from "../schema";
import { hypotheticalParts } from "../tools/hypothetical";
import type { Words } from "../words";

export class Stage {
  readonly element = h("div", { class: "stage", part: "stage" });
  readonly models = h("div", { class: "models" });
  readonly message = h("div", { class: "message", part: "message", role: "status" });
  readonly caption = h("div", { class: "caption", part: "caption", hidden: true });
  readonly open = h("button", { type: "button", class: "open", part: "open", hidden: true });
  readonly retry = h("button", { type: "button", class: "again", hidden: true });
  /** Everything over the model: tools, panels and words. */
  readonly over = h("div", { class: "over" });
  /** Words and controls at the bottom of the stage. */
  readonly foot = h("div", { class: "foot" });
  readonly #poster = h("slot", { name: "poster" });
  readonly #firstBadges = h("div", { class: "badges first" });
  readonly #secondBadges = h("div", { class: "badges second" });
  readonly #loading = h("div", { class: "loading", part: "progress", hidden: true });
  readonly #bar = h("progress");
  readonly #bytes = h("span");

  /** hasPoster : whether the page has a poster, which gives the stage its size */
  constructor(hasPoster: boolean) {
    this.#loading.append(this.#bytes, this.#bar);
    this.models.append(h("div", { class: "aim", "aria-hidden": "true" }));
    this.foot.append(this.caption, this.#loading, this.message);
    this.over.append(this.#firstBadges, this.#secondBadges, this.foot, this.open, this.retry);
    this.element.toggleAttribute("data-slotted", hasPoster);
    this.element.append(this.#poster, h("div", { class: "space" }), this.models, this.over);
  }

  /** Show a poster if the page does not have one of this state. */
  showPoster(pictures: readonly Picture[], alt: string, origin: string): void {
    const [best] = pictures;
    if (!best) return;
    const { width, height } = best;
    const img = h("img", { class: "poster", part: "poster", src: new URL(best.url, origin).href, alt, width, height });
    this.element.querySelector(".poster")?.remove();
    // The picture of the page keeps its place: the size stays.
    this.#poster.style.visibility = "hidden";
    this.element.prepend(img);
  }

  /** Say in one line what a state is: its date, and how sure it is. */
  badge(state: State | undefined, words: Words, isSecond = false): void {
    const badges = isSecond ? this.#secondBadges : this.#firstBadges;
    badges.replaceChildren(...(state ? [h("span", { class: state.evidence.code, part: "badge" }, standing(state, words))] : []));
  }

  /** Set the status message, which is read aloud; invisible if the text is elsewhere already. */
  setStatus(text: string, isVisible = true): void {
    this.message.classList.toggle("unseen", !isVisible);
    this.message.textContent = text;
  }

  /** Show the progress of a download, in bytes. */
  progress(text: string, label: string, done: number, total: number): void {
    this.#loading.hidden = false;
    this.#bytes.textContent = text;
    this.#bar.max = total;
    this.#bar.value = done;
    this.#bar.setAttribute("aria-label", label);
  }

  loaded(): void {
    this.#loading.hidden = true;
  }
}

/** Return date, kind and certainty of a state. What is simulated is neither attested nor supposed. */
function standing(state: State, words: Words): string {
  const guessed = hypotheticalParts(state).length;
  const sure = state.is_simulated ? words.t("simulated") : state.evidence.text;
  const parts = guessed ? words.t("guessed_parts", { count: String(guessed) }) : "";
  return [state.date?.text, [state.kind.text, sure].filter(Boolean).join(", "), parts].filter(Boolean).join(" · ");
}
