// Measure the distance of two points on the model, by pointer or keyboard.
import { h, svgElement } from "../dom";
import type { Vector3 } from "../geo/pose";
import type { Model } from "../models/model";
import type { PanelHost } from "./panel_host";

/** A pointer that moved farther, in pixels, turned the model. */
const STILL_PX = 6;

export class Measurement {
  readonly panel = h("div", { class: "measuring" });
  readonly overlay = svgElement("svg", { class: "measure", "aria-hidden": "true" });
  readonly #host: PanelHost;
  readonly #status = h("p", { class: "length", "aria-live": "polite" });
  #points: Vector3[] = [];
  #listeners: AbortController | undefined;
  #frame = 0;

  constructor(host: PanelHost) {
    const { words } = (this.#host = host);
    this.panel.append(
      h("p", {}, words.t("measure_help")),
      h("div", { class: "row" },
        h("button", { type: "button", onclick: () => this.placeInMiddle() }, words.t("place_point")),
        h("button", { type: "button", onclick: () => this.clear() }, words.t("start_again"))),
      this.#status,
    );
  }

  /** Return the length in metres; undefined until there are two points. */
  get metres(): number | undefined {
    const [a, b] = this.#points;
    return a && b ? Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) : undefined;
  }

  /** Listen to the model while the panel is open. */
  start(model: Model): void {
    this.stop();
    this.#listeners = new AbortController();
    const { signal } = this.#listeners;
    let from: [number, number] = [0, 0];
    model.viewer.addEventListener("pointerdown", (event) => (from = [event.clientX, event.clientY]), { signal });
    model.viewer.addEventListener("pointerup", (event) => {
      const { clientX: x, clientY: y } = event as PointerEvent;
      if (Math.hypot(x - from[0], y - from[1]) <= STILL_PX && !(event.target as Element).closest(".pin")) this.#place(model, x, y);
    }, { signal });
    model.viewer.addEventListener("camera-change", () => this.#redraw(model), { signal });
    this.overlay.classList.add("aiming");
    this.#redraw(model);
  }

  stop(): void {
    this.#listeners?.abort();
    this.#listeners = undefined;
    this.overlay.classList.remove("aiming");
    this.clear();
  }

  /** Place a point under the cross in the centre. */
  placeInMiddle(): void {
    const { model } = this.#host;
    const box = model?.viewer.getBoundingClientRect();
    if (model && box) this.#place(model, box.left + box.width / 2, box.top + box.height / 2);
  }

  clear(): void {
    this.#points = [];
    this.#status.textContent = "";
    for (const each of this.#host.model?.viewer.querySelectorAll(".end") ?? []) each.remove();
    if (this.#host.model) this.#redraw(this.#host.model);
  }

  #place(model: Model, x: number, y: number): void {
    const { words } = this.#host;
    const hit = model.viewer.positionAndNormalFromPoint(x, y);
    if (!hit) return void (this.#status.textContent = words.t("no_surface"));
    if (this.#points.length === 2) this.clear();
    const { position, normal } = hit;
    this.#points.push([position.x, position.y, position.z]);
    const at = this.#points.length;
    model.viewer.append(h("span", {
      slot: `hotspot-end-${at}`, class: "end", "data-position": `${position.x} ${position.y} ${position.z}`,
      "data-normal": `${normal.x} ${normal.y} ${normal.z}`,
    }));
    const { metres } = this;
    this.#status.textContent = metres === undefined ? words.t("first_point") : words.t("length", { length: words.metres(metres) });
    if (metres !== undefined) this.#host.emit("carreau-measure", { metres });
    this.#redraw(model);
  }

  /** Draw the line in the next frame, when the library has projected the points. */
  #redraw(model: Model): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      const ends = [1, 2].map((at) => model.viewer.queryHotspot(`hotspot-end-${at}`)?.canvasPosition);
      const [a, b] = ends;
      const line = a && b ? [svgElement("line", { x1: a.x, y1: a.y, x2: b.x, y2: b.y })] : [];
      this.overlay.replaceChildren(...line);
    });
  }
}
