// The stage: poster, models, and the texts over them.
import { h } from "../dom";
import type { Picture, State } from "../schema";

export class Stage {
  readonly element = h("div", { class: "stage", part: "stage" });
  readonly models = h("div", { class: "models" });
  readonly message = h("div", { class: "message", part: "message", role: "status" });
  readonly caption = h("div", { class: "caption", part: "caption", hidden: true });
  readonly open = h("button", { type: "button", class: "open", part: "open", hidden: true });
  readonly retry = h("button", { type: "button", class: "again", hidden: true });
  readonly #poster = h("slot", { name: "poster" });
  readonly #firstBadges = h("div", { class: "badges first" });
  readonly #secondBadges = h("div", { class: "badges second" });
  readonly #loading = h("div", { class: "loading", part: "progress", hidden: true });
  readonly #bar = h("progress");
  readonly #bytes = h("span");

  constructor() {
    this.#loading.append(this.#bytes, this.#bar);
    this.element.append(this.#poster, this.models, this.#firstBadges, this.#secondBadges, h("div", { class: "aim", "aria-hidden": "true" }),
      this.caption, this.#loading, this.message, this.open, this.retry);
  }

  /** Show a poster if the page does not have one of this state. */
  showPoster(pictures: readonly Picture[], alt: string, origin: string): void {
    const [best] = pictures;
    if (!best) return;
    const { width, height } = best;
    const img = h("img", { class: "poster", part: "poster", src: new URL(best.url, origin).href, alt, width, height });
    this.element.querySelector(".poster")?.remove();
    this.#poster.hidden = true;
    this.element.prepend(img);
  }

  /** Show kind, date and certainty of a state, in its line. */
  badge(state: State | undefined, isSecond = false): void {
    const badges = state?.line ? [h("span", { class: state.evidence.code, part: "badge" }, state.line)] : [];
    (isSecond ? this.#secondBadges : this.#firstBadges).replaceChildren(...badges);
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
