// A question: a form for its answer, hints one after another, and the answer on demand. Nothing is locked or counted.
import { h } from "../dom";
import type { PlaceWords } from "../map/place_words";
import type { AnswerForm } from "./answer_form";
import { isAccepted } from "./answer_words";
import { addMapAnswer } from "./map_answer";
import { addModelAnswer } from "./model_answer";
import type { AnswerState } from "./trail_progress";

export interface QuestionHost {
  readonly words: PlaceWords;
  /** Address of the module of <carreau-viewer>; empty for none. */
  readonly viewerScript: string;
  /** Return what is known of an answer. */
  state(): AnswerState | undefined;
  save(state: AnswerState): void;
}

export class Question implements AnswerForm {
  readonly section: HTMLElement;
  readonly words: PlaceWords;
  readonly viewerScript: string;
  readonly #host: QuestionHost;
  readonly #status = h("p", { role: "status", class: "trail-verdict" });
  readonly #hints: readonly HTMLDetailsElement[];
  readonly #answer: HTMLDetailsElement | null;
  /** Undo what the visitor has entered. */
  readonly #resets: (() => void)[] = [];

  constructor(section: HTMLElement, host: QuestionHost) {
    this.section = section;
    this.#host = host;
    this.words = host.words;
    this.viewerScript = host.viewerScript;
    this.#hints = [...section.querySelectorAll<HTMLDetailsElement>("details.hint")];
    this.#answer = section.querySelector("details.answer");
    const options = section.querySelector<HTMLElement>("ul.options");
    if (options) this.#addOptions(options);
    else if (section.dataset["accepted"]) this.#addField(JSON.parse(section.dataset["accepted"]) as string[]);
    if (section.dataset["by"] === "model") addModelAnswer(this);
    if (section.dataset["by"] === "map") addMapAnswer(this);
    (this.#hints[0] ?? this.#answer)?.before(this.#status);
    if (!this.#status.isConnected) section.append(this.#status);
    for (const each of this.#hints) each.addEventListener("toggle", () => this.#showHints());
    this.#answer?.addEventListener("toggle", () => {
      if (this.#answer?.open && !host.state()) host.save("seen");
    });
    this.render();
  }

  add(...parts: Node[]): void {
    const before = this.#status.isConnected ? this.#status : (this.#hints[0] ?? this.#answer);
    if (before) before.before(...parts);
    else this.section.append(...parts);
  }

  judge(isRight: boolean): void {
    const isOpen = this.section.hasAttribute("data-open");
    if (isRight || isOpen) {
      this.#host.save(isOpen ? "seen" : "right");
      if (this.#answer) this.#answer.open = true;
    }
    this.render();
    const hasHint = this.#hints.some((each) => !each.open);
    this.#status.textContent = this.words.t(isOpen ? "open_question" : isRight ? "right" : hasHint ? "wrong_hint" : "wrong");
  }

  /** Show again what is known, after "begin again" or a change in another window. */
  render(): void {
    const state = this.#host.state();
    this.section.classList.toggle("right", state === "right");
    this.#status.textContent = state === "right" ? this.words.t("answered") : "";
    this.#showHints();
  }

  /** Forget what was entered and opened. */
  reset(): void {
    for (const each of this.#resets) each();
    for (const each of this.section.querySelectorAll("details")) each.open = false;
    this.render();
  }

  #showHints(): void {
    const opened = this.#hints.findLastIndex((each) => each.open);
    this.#hints.forEach((each, at) => (each.hidden = at > opened + 1));
  }

  #addOptions(list: HTMLElement): void {
    const name = this.section.dataset["question"] ?? "";
    const rows = [...list.children] as HTMLElement[];
    const isRight = new Map<HTMLInputElement, boolean>();
    const labels = rows.map((row) => {
      const input = h("input", { type: "radio", name });
      isRight.set(input, row.hasAttribute("data-right"));
      return h("label", { class: "trail-choice" }, input, h("span", {}, ...row.childNodes));
    });
    const form = this.#form([h("fieldset", {}, h("legend", {}, this.words.t("your_answer")), ...labels)], () => {
      const chosen = [...isRight.keys()].find((input) => input.checked);
      if (chosen) this.judge(isRight.get(chosen) ?? false);
      else this.#status.textContent = this.words.t("choose_first");
    });
    list.replaceWith(form);
  }

  #addField(accepted: readonly string[]): void {
    const input = h("input", { type: "text", autocomplete: "off", spellcheck: "false", maxlength: 100 });
    const label = h("label", {}, h("span", {}, this.words.t("your_answer")), input);
    this.add(this.#form([label], () => {
      if (input.value.trim()) this.judge(isAccepted(input.value, accepted));
      else this.#status.textContent = this.words.t("write_first");
    }));
  }

  #form(parts: HTMLElement[], onSubmit: () => void): HTMLFormElement {
    const form = h("form", { class: "trail-reply" }, ...parts, h("button", { type: "submit" }, this.words.t("check")));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      onSubmit();
    });
    this.#resets.push(() => form.reset());
    return form;
  }
}
