// The border between two states that lie over each other: a line over the stage that is dragged, or moved by keys.
import { h } from "../dom";
import { valueAfterKey } from "./slider_keys";

/** Step of a key, in per cent. */
const STEP = 5;

export class BorderHandle {
  readonly element = h("div", {
    class: "line", part: "slider", role: "slider", tabindex: "0", "aria-valuemin": "0", "aria-valuemax": "100",
    "aria-orientation": "horizontal",
  }, h("span", { class: "grip", "aria-hidden": "true" }));
  #place = 50;

  /** onMove : called with the place that the visitor moves it to, in per cent from the left of the stage */
  constructor(stage: HTMLElement, onMove: (place: number) => void) {
    const line = this.element;
    line.addEventListener("pointerdown", (event) => {
      line.setPointerCapture(event.pointerId);
      line.focus();
      event.preventDefault();
    });
    line.addEventListener("pointermove", (event) => {
      if (!line.hasPointerCapture(event.pointerId)) return;
      const box = stage.getBoundingClientRect();
      onMove(((event.clientX - box.left) / box.width) * 100);
    });
    line.addEventListener("keydown", (event) => {
      const place = valueAfterKey(event.key, this.#place, STEP, 100);
      if (place === undefined) return;
      event.preventDefault();
      onMove(place);
    });
  }

  /** Show it at a place; label and text say what is seen on its left, and how much of it. */
  show(place: number, label: string, text: string): void {
    this.#place = place;
    this.element.style.left = `${place}%`;
    this.element.setAttribute("aria-label", label);
    this.element.setAttribute("aria-valuenow", String(Math.round(place)));
    this.element.setAttribute("aria-valuetext", text);
  }
}
