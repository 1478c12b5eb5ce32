// What has been reached, on a card at the bottom of the window: it covers the end of the page, and moves nothing.
import { h } from "../dom";

export interface Arrival {
  /** That one has arrived, and where. */
  readonly title: string;
  /** What stands below: what to see here, where to go next. */
  readonly texts: readonly string[];
  /** Label of the button that leads there. */
  readonly label: string;
  /** Lead there; undefined where it is open already. */
  readonly go: (() => void) | undefined;
}

export class ArrivalCard {
  readonly #close: string;
  #element: HTMLElement | undefined;

  /** close : label of the button that closes the card */
  constructor(close: string) {
    this.#close = close;
  }

  show({ title, texts, label, go }: Arrival): void {
    this.hide();
    const leave = h("button", { type: "button", onclick: () => this.hide() }, this.#close);
    const lead = h("button", { type: "button", class: "lamp", onclick: () => (this.hide(), go?.()) }, label);
    this.#element = h(
      "section", { class: "map-arrival screen", "aria-label": title },
      h("p", { class: "title" }, title), ...texts.map((text) => h("p", {}, text)), h("p", { class: "buttons" }, ...(go ? [lead] : []), leave),
    );
    this.#element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.hide();
    });
    document.body.append(this.#element);
    // Who goes on by keys sees what has the focus, above the card.
    document.documentElement.style.scrollPaddingBlockEnd = `${this.#element.offsetHeight}px`;
  }

  hide(): void {
    this.#element?.remove();
    this.#element = undefined;
    document.documentElement.style.scrollPaddingBlockEnd = "";
  }
}
