// What lies on the stage: the poster, the models, and what is written over them.
import { h } from "../dom";
import type { Picture, State } from "../schema";
import { guessedOf } from "../tools/hypothetical";
import type { Words } from "../words";

export class Stage {
  readonly element = h("div", { class: "stage", part: "stage" });
  readonly models = h("div", { class: "models" });
  readonly message = h("div", { class: "message", part: "message", role: "status" });
  readonly caption = h("div", { class: "caption", part: "caption", hidden: true });
  readonly open = h("button", { type: "button", class: "open", part: "open", hidden: true });
  readonly again = h("button", { type: "button", class: "again", hidden: true });
  readonly #poster = h("slot", { name: "poster" });
  readonly #first = h("div", { class: "badges first" });
  readonly #second = h("div", { class: "badges second" });
  readonly #loading = h("div", { class: "loading", part: "progress", hidden: true });
  readonly #bar = h("progress");
  readonly #bytes = h("span");

  constructor() {
    this.#loading.append(this.#bytes, this.#bar);
    this.element.append(this.#poster, this.models, this.#first, this.#second, h("div", { class: "aim", "aria-hidden": "true" }),
      this.caption, this.#loading, this.message, this.open, this.again);
  }

  /** Show the picture of a state that the page has no picture of. */
  putPoster(pictures: readonly Picture[], alt: string, origin: string): void {
    const [best] = pictures;
    if (!best) return;
    const { width, height } = best;
    const img = h("img", { class: "poster", part: "poster", src: new URL(best.url, origin).href, alt, width, height });
    this.element.querySelector(".poster")?.remove();
    this.#poster.hidden = true;
    this.element.prepend(img);
  }

  /** Say of which date a state is, and how sure it is. */
  badge(state: State | undefined, words: Words, isSecond = false): void {
    const sure = state ? [h("span", { class: "kind" }, `${state.kind.text} – `), state.evidence.text] : [];
    const said: (Node | string)[][] = state ? [[state.date?.text ?? words.say("no_date")], sure] : [];
    if (state?.is_simulated) said.push([words.say("simulated")]);
    const guessed = state ? guessedOf(state).length : 0;
    if (guessed) said.push([words.say("guessed_parts", { count: String(guessed) })]);
    const kind = state?.evidence.code ?? "";
    (isSecond ? this.#second : this.#first).replaceChildren(...said.map((parts) => h("span", { class: kind, part: "badge" }, ...parts)));
  }

  /** Have something read aloud, and shown unless it stands elsewhere already. */
  say(text: string, isSeen = true): void {
    this.message.classList.toggle("unseen", !isSeen);
    this.message.textContent = text;
  }

  /** Show how many bytes have come. */
  progress(text: string, label: string, done: number, whole: number): void {
    this.#loading.hidden = false;
    this.#bytes.textContent = text;
    this.#bar.max = whole;
    this.#bar.value = done;
    this.#bar.setAttribute("aria-label", label);
  }

  loaded(): void {
    this.#loading.hidden = true;
  }
}
