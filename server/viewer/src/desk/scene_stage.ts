// The model on the page, with the pins of its annotations: what is seen where, and from where it is seen.
//
// It uses only what model-viewer offers to everybody.
import { h } from "../dom";
import type { Vector3 } from "../geo/pose";
import { type CameraView, formatOrbit, formatTarget, scaleFieldOfView } from "../models/camera";
import { environmentMap } from "../models/environment_map";
import { adoptStyle, type ModelViewer, removeLandmarks } from "../models/model_viewer";

/** Where the desk has the library and its decoders. */
export const LIBRARY = { library: "/static/model-viewer.js", basis: "/static/", draco: "/static/" };

/** A point of the surface, in the model's metres, and the direction out of it. */
export interface Hit {
  point: Vector3;
  normal: Vector3;
}

export interface Pin extends Hit {
  id: string;
  sign: string;
  label: string;
  isChosen: boolean;
}

export interface StageListener {
  /** The visitor clicked on the model, without turning it: once, or again at the same place. */
  clicked(hit: Hit, part: string | undefined, count: number): void;
  chosen(pin: string): void;
  moved(pin: string, hit: Hit): void;
  /** An arrow key was pressed on a pin: pixels to the right and down. */
  nudged(pin: string, right: number, down: number): void;
}

/** Pixels between pressing and letting go that still are a click. */
const STILL_PX = 5;
const [STEP_PX, STRIDE_PX] = [4, 20];
const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};
/** Limits of the camera's distance, in diagonals of the model. */
const [NEAREST, FARTHEST] = [0.01, 3];
/** Distance from which the whole model is seen, in diagonals. */
const WHOLE = 1.6;
const AIM = "hotspot-aim";

export class SceneStage {
  readonly element = h("div", { class: "stage" });
  readonly viewer: ModelViewer;
  /** Whether a model is seen, so that it has a size. */
  isShown = false;
  readonly #listener: StageListener | undefined;
  readonly #pins = new Map<string, HTMLButtonElement>();
  #pressed: readonly [number, number] = [0, 0];

  /** listener : none for a model that is only looked at */
  constructor(listener?: StageListener) {
    this.#listener = listener;
    this.viewer = h("model-viewer" as "div", {
      "camera-controls": true, "touch-action": "pan-y", "disable-tap": true, "interaction-prompt": "none", loading: "eager",
      exposure: "0.9", "environment-image": environmentMap(), "min-field-of-view": "5deg", "max-field-of-view": "75deg",
    }) as unknown as ModelViewer;
    this.element.append(this.viewer);
    this.viewer.addEventListener("pointerdown", ({ clientX, clientY }) => (this.#pressed = [clientX, clientY]), { capture: true });
    this.viewer.addEventListener("click", (event) => this.#click(event));
  }

  /** Complete the setup, once the element is in the page. */
  onAttached(): void {
    adoptStyle(this.viewer.shadowRoot);
    removeLandmarks(this.viewer.shadowRoot);
  }

  /** Show a model; resolves when it is seen. Throws if it cannot be shown. */
  async show(url: string, alt: string): Promise<void> {
    const { viewer } = this;
    viewer.alt = alt;
    this.isShown = false;
    await new Promise<void>((resolve, reject) => {
      const settled = new AbortController();
      const settle = (run: () => void) => (settled.abort(), run());
      viewer.addEventListener("load", () => settle(resolve), { signal: settled.signal });
      viewer.addEventListener("error", () => settle(() => reject(new Error(url))), { signal: settled.signal });
      viewer.src = url;
    });
    this.isShown = true;
    this.reachAtLeast(this.diagonal);
  }

  /** Let the camera go as far as a model of a size needs, and as near as this one does. */
  reachAtLeast(diagonal: number): void {
    this.viewer.setAttribute("min-camera-orbit", `auto 0deg ${Math.max(0.01, this.diagonal * NEAREST)}m`);
    this.viewer.setAttribute("max-camera-orbit", `auto 180deg ${Math.max(this.diagonal, diagonal) * FARTHEST}m`);
  }

  /** Length from the lowest to the highest corner of the model, in its metres. */
  get diagonal(): number {
    const { x, y, z } = this.viewer.getDimensions();
    return Math.hypot(x, y, z);
  }

  /** From where the model is seen; a model must be shown. */
  get view(): CameraView {
    const { theta, phi, radius } = this.viewer.getCameraOrbit();
    const { x, y, z } = this.viewer.getCameraTarget();
    // The library returns the widened field of view, and widens the value that is set.
    return { theta, phi, radius, target: [x, y, z], field: scaleFieldOfView(this.viewer.getFieldOfView(), 1 / this.#widening) };
  }

  get #widening(): number {
    const aspect = Math.max(1, this.viewer.clientWidth) / Math.max(1, this.viewer.clientHeight);
    return Math.max(1, this.viewer.getIdealAspect() / aspect);
  }

  /** Lowest and highest corner of the model, in its metres. */
  get bounds(): readonly [Vector3, Vector3] {
    const [middle, size] = [this.viewer.getBoundingBoxCenter(), this.viewer.getDimensions()];
    const corner = (sign: number): Vector3 => [middle.x + (sign * size.x) / 2, middle.y + (sign * size.y) / 2, middle.z + (sign * size.z) / 2];
    return [corner(-1), corner(1)];
  }

  /** The view with the field of view that is drawn, whatever the shapes of the stage and the model. */
  get drawnView(): CameraView {
    return { ...this.view, field: this.viewer.getFieldOfView() };
  }

  setDrawnView(view: CameraView): void {
    this.setView({ ...view, field: view.field && scaleFieldOfView(view.field, 1 / this.#widening) }, true);
  }

  /** A view of the whole model, from no side in particular. */
  get wholeView(): CameraView {
    const { x, y, z } = this.viewer.getBoundingBoxCenter();
    return { theta: 0, phi: Math.PI / 2, radius: this.diagonal * WHOLE, target: [x, y, z], field: 30 };
  }

  setView(view: CameraView, isInstant = matchMedia("(prefers-reduced-motion: reduce)").matches): void {
    if (!this.isShown) return;
    this.viewer.cameraTarget = formatTarget(view.target);
    this.viewer.cameraOrbit = formatOrbit(view);
    if (view.field) this.viewer.fieldOfView = `${view.field.toFixed(3)}deg`;
    if (isInstant) void this.viewer.updateComplete.then(() => this.viewer.jumpCameraToGoal());
  }

  /** Return what is seen at a place of the stage, whose width and height are 1; undefined where nothing is. */
  seenAt(across: number, down: number): Hit | undefined {
    const box = this.viewer.getBoundingClientRect();
    return this.#hit(box.left + across * box.width, box.top + down * box.height);
  }

  /** Return what is seen beside a pin, pixels to the right and down. */
  seenBeside(pin: string, right: number, down: number): Hit | undefined {
    const place = this.isShown ? this.viewer.queryHotspot(slotOf(pin))?.canvasPosition : undefined;
    const box = this.viewer.getBoundingClientRect();
    return place && this.#hit(box.left + place.x + right, box.top + place.y + down);
  }

  #hit(clientX: number, clientY: number): Hit | undefined {
    const found = this.isShown && this.viewer.positionAndNormalFromPoint(clientX, clientY);
    if (!found) return undefined;
    const { position, normal } = found;
    return { point: [position.x, position.y, position.z], normal: [normal.x, normal.y, normal.z] };
  }

  /** Names of the nodes that are seen, in the order of the file. */
  get parts(): readonly string[] {
    const nodes = this.viewer.originalGltfJson?.nodes ?? [];
    return [...new Set(nodes.flatMap(({ name, mesh }) => (name && mesh !== undefined ? [name] : [])))];
  }

  /** Return the name of the node under a point of the window; undefined where there is none, or it has no name. */
  #partAt(clientX: number, clientY: number): string | undefined {
    const mesh = Number(this.viewer.surfaceFromPoint(clientX, clientY)?.split(" ")[0]);
    return this.viewer.originalGltfJson?.nodes?.find((node) => node.mesh === mesh)?.name;
  }

  #click({ target, clientX, clientY, detail }: MouseEvent): void {
    const [x, y] = this.#pressed;
    if (target !== this.viewer || Math.hypot(clientX - x, clientY - y) > STILL_PX) return;
    const hit = this.#hit(clientX, clientY);
    if (hit) this.#listener?.clicked(hit, this.#partAt(clientX, clientY), detail);
  }

  /** Mark a point that is aimed at, or none. */
  aim(hit: Hit | undefined): void {
    this.viewer.querySelector(`[slot=${AIM}]`)?.remove();
    if (hit) this.viewer.append(h("span", { slot: AIM, class: "aim", "aria-hidden": "true", ...placeOf(hit) }));
  }

  /** Show these pins and no others. */
  setPins(pins: readonly Pin[]): void {
    const ids = new Set(pins.map(({ id }) => id));
    for (const [id, element] of this.#pins) {
      if (ids.has(id)) continue;
      element.remove();
      this.#pins.delete(id);
    }
    for (const pin of pins) {
      const known = this.#pins.get(pin.id);
      const element = known ?? this.#createPin(pin.id);
      element.textContent = pin.sign;
      element.setAttribute("aria-label", pin.label);
      element.setAttribute("aria-pressed", String(pin.isChosen));
      this.#place(element, pin);
      if (known) continue;
      this.#pins.set(pin.id, element);
      this.viewer.append(element);
    }
  }

  #createPin(id: string): HTMLButtonElement {
    const pin = h("button", { type: "button", slot: slotOf(id), class: "pin", "data-visibility-attribute": "visible", "data-pin": id });
    let start: readonly [number, number] | undefined;
    let last: Hit | undefined;
    pin.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      event.stopPropagation();  // the model must not turn meanwhile
      pin.setPointerCapture(event.pointerId);
      [start, last] = [[event.clientX, event.clientY], undefined];
    });
    pin.addEventListener("pointermove", (event) => {
      if (!start || (!last && Math.hypot(event.clientX - start[0], event.clientY - start[1]) <= STILL_PX)) return;
      const hit = this.#hit(event.clientX, event.clientY);
      if (!hit) return;
      last = hit;
      this.#place(pin, hit);
    });
    const end = () => {
      if (last) this.#listener?.moved(id, last);
      start = undefined;
      // A click follows, which is none.
      setTimeout(() => (last = undefined));
    };
    pin.addEventListener("pointerup", end);
    pin.addEventListener("pointercancel", end);
    pin.addEventListener("click", () => last ?? this.#listener?.chosen(id));
    pin.addEventListener("keydown", (event) => {
      const arrow = ARROWS[event.key];
      if (!arrow || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      const step = event.shiftKey ? STRIDE_PX : STEP_PX;
      this.#listener?.nudged(id, arrow[0] * step, arrow[1] * step);
    });
    return pin;
  }

  #place(pin: HTMLElement, hit: Hit): void {
    const { "data-position": position, "data-normal": normal } = placeOf(hit);
    pin.dataset["position"] = position;
    pin.dataset["normal"] = normal;
    if (this.isShown) this.viewer.updateHotspot({ name: pin.slot, position, normal });
  }
}

function slotOf(pin: string): string {
  return `hotspot-${pin}`;
}

function placeOf({ point, normal }: Hit): { "data-position": string; "data-normal": string } {
  return { "data-position": point.join(" "), "data-normal": normal.join(" ") };
}
