// The picture on which the steps follow each other, made of the pictures of the page.
import { svgElement } from "../dom";
import { MOTION_MS, type Place, between, placeOf } from "./motion";

/** What other sources say, `.elsewhere`, is seen while the note of the step is open; the style sheet shows it. */
const LAYERS = ".moving-around, .drawn-lines, .moves, .leads, .elsewhere";

interface Picture {
  readonly said: string;
  readonly layers: readonly SVGElement[];
  readonly counters: ReadonlyMap<string, SVGGElement>;
  readonly places: ReadonlyMap<string, Place>;
}

export class Stage {
  readonly element = document.createElement("figure");
  readonly #pictures: readonly Picture[];
  readonly #ground: SVGElement;
  readonly #lines: SVGElement;
  readonly #counters: SVGElement;
  readonly #isStill: () => boolean;
  #nodes = new Map<string, SVGGElement>();
  #places: ReadonlyMap<string, Place> = new Map();
  #frame = 0;

  /** `isStill` says whether the visitor wants no motion. */
  constructor(pictures: readonly SVGSVGElement[], isStill: () => boolean) {
    this.#pictures = pictures.map(read);
    this.#isStill = isStill;
    const [first] = pictures as [SVGSVGElement];
    this.element.className = "map moving-map moving-stage";
    // Three pictures on each other: the ground is painted once, what is drawn on it at each step, the counters in each frame.
    this.#ground = first.cloneNode() as SVGSVGElement;
    this.#ground.append(...[...first.querySelectorAll(":scope > use")].map((ground) => ground.cloneNode()));
    const viewBox = first.getAttribute("viewBox") ?? "";
    this.#lines = svgElement("svg", { viewBox, "aria-hidden": "true", class: "moving-over" });
    this.#counters = svgElement("svg", { viewBox, "aria-hidden": "true", class: "moving-over" });
    this.element.append(this.#ground, this.#lines, this.#counters);
    this.show(0, false);
  }

  /** Show a step; `isMoving` lets the counters go there. */
  show(index: number, isMoving: boolean): void {
    const picture = this.#pictures[index];
    if (!picture) return;
    cancelAnimationFrame(this.#frame);
    const from = this.#places;
    this.#setNodes(picture);
    this.#lines.replaceChildren(...picture.layers.map((layer) => layer.cloneNode(true)));
    this.#ground.setAttribute("aria-label", picture.said);
    if (isMoving && !this.#isStill()) this.#move(from, picture.places);
    else this.#draw(from, picture.places, 1);
  }

  #setNodes(picture: Picture): void {
    const nodes = new Map<string, SVGGElement>();
    for (const [key, counter] of picture.counters) nodes.set(key, counter.cloneNode(true) as SVGGElement);
    for (const [key, node] of this.#nodes) if (!nodes.has(key)) nodes.set(key, node);
    this.#counters.replaceChildren(...nodes.values());
    this.#nodes = nodes;
  }

  #move(from: ReadonlyMap<string, Place>, to: ReadonlyMap<string, Place>): void {
    let start: number | undefined;
    const step = (now: number): void => {
      start ??= now;
      const share = Math.min((now - start) / MOTION_MS, 1);
      this.#draw(from, to, share);
      if (share < 1) this.#frame = requestAnimationFrame(step);
    };
    this.#draw(from, to, 0);
    this.#frame = requestAnimationFrame(step);
  }

  #draw(from: ReadonlyMap<string, Place>, to: ReadonlyMap<string, Place>, share: number): void {
    const shown = between(from, to, share);
    for (const [key, node] of this.#nodes) {
      const place = shown.get(key);
      if (!place) {
        node.remove();
        this.#nodes.delete(key);
        continue;
      }
      node.setAttribute("transform", `translate(${place.x.toFixed(1)} ${place.y.toFixed(1)})`);
      if (place.opacity < 1) node.setAttribute("opacity", place.opacity.toFixed(2));
      else node.removeAttribute("opacity");
    }
    this.#places = shown;
  }
}

function read(svg: SVGSVGElement): Picture {
  const counters = new Map<string, SVGGElement>();
  const places = new Map<string, Place>();
  for (const node of svg.querySelectorAll<SVGGElement>(".counters > [data-key]")) {
    const key = node.dataset["key"] ?? "";
    counters.set(key, node);
    places.set(key, placeOf(node.getAttribute("transform") ?? ""));
  }
  const layers = [...svg.querySelectorAll<SVGElement>(LAYERS)];
  return { said: svg.getAttribute("aria-label") ?? "", layers, counters, places };
}
