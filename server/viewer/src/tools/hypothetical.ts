// Hypothetical parts of a model: highlighted, listed, and hidden on request.
import { h } from "../dom";
import type { Model } from "../models/model";
import type { NamedPart, State } from "../schema";
import type { PanelHost } from "./panel_host";

/** Return the hypothetical parts of a state. */
export function hypotheticalParts(state: Pick<State, "parts">): readonly NamedPart[] {
  return state.parts.filter((part) => part.evidence.code === "hypothetical");
}

export class HypotheticalParts {
  readonly #host: PanelHost;
  readonly #other: () => Model | undefined;
  #isMarked = false;
  #isHidden = false;

  /** other : return the second model of a comparison */
  constructor(host: PanelHost, other: () => Model | undefined) {
    this.#host = host;
    this.#other = other;
  }

  /** Return the checkboxes that highlight and hide the parts; empty if there are none. */
  choices(states: readonly State[]): HTMLElement[] {
    if (!states.some((state) => hypotheticalParts(state).length)) return [];
    const { words } = this.#host;
    const box = (name: string, isOn: boolean, run: (is: boolean) => void) => {
      const checkbox = h("input", { type: "checkbox", "data-do": name, onchange: () => run(checkbox.checked) });
      checkbox.checked = isOn;
      return h("label", { class: "choice" }, checkbox, words.t(name));
    };
    return [
      box("mark_guessed", this.#isMarked, (is) => this.mark(is)),
      box("hide_guessed", this.#isHidden, (is) => this.#hide(is)),
    ];
  }

  mark(isMarked: boolean): void {
    this.#isMarked = isMarked;
    this.#applyToAll();
  }

  /** Apply the settings to a model that was loaded later; return the number of parts. */
  apply(model: Model): number {
    return model.markParts(hypotheticalParts(model.state).map((part) => part.name), this.#isMarked, this.#isHidden);
  }

  #hide(isHidden: boolean): void {
    this.#isHidden = isHidden;
    const count = this.#applyToAll();
    const message = !count ? "cannot_hide" : isHidden ? "guessed_hidden" : "guessed_shown";
    this.#host.announce(this.#host.words.t(message));
  }

  #applyToAll(): number {
    const models = [this.#host.model, this.#other()].filter((each) => each !== undefined);
    return models.reduce((count, model) => count + this.apply(model), 0);
  }
}
