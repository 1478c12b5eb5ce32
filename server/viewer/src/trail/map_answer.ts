// "Find it" on the map of the trail: tap, or move a cross with the arrow keys and press Enter.
import { h, svgElement } from "../dom";
import { distance, parsePoint, type Point } from "../geo/sphere";
import { findMap, type MapProjection } from "../map/bounds";
import type { AnswerForm } from "./answer_form";

/** Half the width of a finger, in CSS pixels: no map can be tapped more exactly. */
const FINGER_PX = 14;
const DEFAULT_RADIUS_M = 250;
/** Share of the width of the map that an arrow key moves the cross; a tenth of it with Shift. */
const STEP = 0.05;
const MOVES: Record<string, readonly [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function addMapAnswer(question: AnswerForm): void {
  const target = parsePoint(question.section.dataset["at"]);
  const map = findMap();
  if (!target || !map?.projection.shows(target)) return;
  const radius = Number(question.section.dataset["radius"]) || DEFAULT_RADIUS_M;
  const { words } = question;
  const open = h("button", { type: "button" }, words.t("open_map"));
  open.addEventListener("click", () => {
    const answer = new MapAnswer(map.svg, map.projection, words.t("map_keys"), (point, tolerance) => {
      question.judge(distance(point, target) <= Math.max(radius, tolerance));
    });
    open.replaceWith(answer.element);
    answer.element.focus();
  });
  question.add(open);
}

class MapAnswer {
  readonly element: HTMLElement;
  readonly #svg: SVGSVGElement;
  readonly #projection: MapProjection;
  readonly #answer: (point: Point, toleranceM: number) => void;
  readonly #cross = svgElement("path", { class: "cross" });
  readonly #near = h("p", { class: "of", "aria-live": "polite" });
  readonly #names: readonly { name: string; x: number; y: number }[];
  #x: number;
  #y: number;

  /** answer : receives the point, and what a finger covers on this map, in metres */
  constructor(map: SVGSVGElement, projection: MapProjection, label: string, answer: (point: Point, toleranceM: number) => void) {
    this.#svg = map.cloneNode(true) as SVGSVGElement;
    this.#svg.setAttribute("aria-hidden", "true");
    this.#svg.querySelector(".map-visitor")?.remove();
    this.#projection = projection;
    this.#answer = answer;
    this.#x = projection.width / 2;
    this.#y = projection.height / 2;
    this.#names = [...this.#svg.querySelectorAll<SVGTextElement>(".names text")].map((text) => {
      return { name: text.textContent ?? "", x: Number(text.getAttribute("x")), y: Number(text.getAttribute("y")) };
    });
    this.#svg.append(this.#cross);
    const frame = h("div", { class: "map map-find trail-find", tabindex: "0", role: "application", "aria-label": label }, this.#svg);
    this.element = frame;
    frame.addEventListener("keydown", (event) => this.#onKey(event));
    this.#svg.addEventListener("click", (event) => this.#onTap(event));
    queueMicrotask(() => frame.after(this.#near));
    this.#render();
  }

  #onKey(event: KeyboardEvent): void {
    const move = MOVES[event.key];
    if (event.key === "Enter" || event.key === " ") this.#choose();
    else if (move) {
      const step = this.#projection.width * STEP * (event.shiftKey ? 0.1 : 1);
      this.#x = Math.min(this.#projection.width, Math.max(0, this.#x + move[0] * step));
      this.#y = Math.min(this.#projection.height, Math.max(0, this.#y + move[1] * step));
      this.#render();
    } else return;
    event.preventDefault();
  }

  #onTap(event: MouseEvent): void {
    const box = this.#svg.getBoundingClientRect();
    this.#x = ((event.clientX - box.left) / box.width) * this.#projection.width;
    this.#y = ((event.clientY - box.top) / box.height) * this.#projection.height;
    this.#render();
    this.#choose();
  }

  #choose(): void {
    const unitsPerPixel = this.#projection.width / (this.#svg.clientWidth || this.#projection.width);
    this.#answer(this.#projection.pointAt(this.#x, this.#y), (FINGER_PX * unitsPerPixel) / this.#projection.scale);
  }

  /** Draw the cross, and name what it is nearest to. */
  #render(): void {
    const [x, y] = [this.#x, this.#y];
    this.#cross.setAttribute("d", `M${x - 16} ${y}h32M${x} ${y - 16}v32`);
    const away = (each: { x: number; y: number }): number => Math.hypot(each.x - x, each.y - y);
    const nearest = [...this.#names].sort((one, other) => away(one) - away(other))[0];
    this.#near.textContent = nearest?.name ?? "";
  }
}
