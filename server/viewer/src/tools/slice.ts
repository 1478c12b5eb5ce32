// A cutting plane through the model: by a handle on it, a slider, or keys; a button shows the whole model again.
import { h } from "../dom";
import { type Cut, isCutAway, setCut } from "../models/clipping";
import type { Model } from "../models/model";
import { redraw } from "../models/model_viewer_internals";
import type { State } from "../schema";
import type { PanelHost } from "./panel_host";
import { valueAfterKey } from "./slider_keys";

/** Step of a key, as a share of the model's extent. */
const STEP = 0.02;
/** How far beside the model the plane goes, as a share of its extent. */
const BESIDE = 0.002;
/** Two ends of an axis that are nearer to each other on the screen, in pixels, cannot be told apart by a finger. */
const LEAST_PX = 40;
/** From the middle of the handle to that of a pin beside it, in pixels: half of the width of each. */
const HANDLE_PX = 37;
const SLOT = "hotspot-cut";
const ENDS = ["hotspot-cut-low", "hotspot-cut-high"];
const AXES = ["across", "above", "along"] as const;
type Axis = Cut["axis"];

/** Return the share of the way from one point of the screen to another that a pointer is at. */
export function shareOnScreen(pointer: readonly [number, number], low: readonly [number, number], high: readonly [number, number]): number | undefined {
  const [x, y] = [high[0] - low[0], high[1] - low[1]];
  const square = x * x + y * y;
  if (square < LEAST_PX ** 2) return undefined;
  return Math.min(1, Math.max(0, ((pointer[0] - low[0]) * x + (pointer[1] - low[1]) * y) / square));
}

/** Return whether a state can be cut: its extent is known. */
export function canCut(state: State): boolean {
  return !!state.bounds_m;
}

export class Slice {
  readonly panel: HTMLElement;
  /** Over the stage while the model is cut. */
  readonly overlay: HTMLElement;
  readonly #host: PanelHost;
  readonly #status = h("p", { role: "status" });
  readonly #range: HTMLInputElement;
  readonly #axes: HTMLInputElement[];
  #axis: Axis = 2;
  #share = 0.5;
  #isUpperKept = false;
  #viewer: Model["viewer"] | undefined;
  #handle: HTMLElement | undefined;
  #stopped: AbortController | undefined;

  constructor(host: PanelHost) {
    const { words } = (this.#host = host);
    this.#range = h("input", { type: "range", min: 0, max: 1, step: 0.005, "aria-label": words.t("cut_place"), oninput: () => this.#move(Number(this.#range.value)) });
    this.#axes = AXES.map((name, at) => h("input", { type: "radio", name: "cut-axis", value: name, onchange: () => this.#turn(at as Axis) }));
    const choices = this.#axes.map((input, at) => h("label", { class: "choice" }, input, words.t(`cut_${AXES[at]}`)));
    const press = (name: string, run: () => void) => h("button", { type: "button", "data-do": name, onclick: run }, words.t(name));
    this.panel = h("div", { class: "slicing" }, h("p", {}, words.t("cut_help")), h("fieldset", {}, h("legend", {}, words.t("cut_axis")), ...choices),
      h("label", {}, words.t("cut_place"), this.#range), this.#status,
      h("div", { class: "row" }, press("other_half", () => this.#flip()), press("whole_model", () => this.stop())));
    this.overlay = h("div", { class: "whole", hidden: true }, h("button", { type: "button", onclick: () => this.stop() }, words.t("whole_model")));
  }

  get isOn(): boolean {
    return !!this.#stopped;
  }

  /** Return the cut, in the model's axes. */
  get cut(): Cut | undefined {
    return this.isOn ? { axis: this.#axis, place: this.#place, isUpperKept: this.#isUpperKept } : undefined;
  }

  /** Cut the model facing the visitor, if it is whole, and return the panel. */
  start(model: Model): HTMLElement {
    if (this.isOn) return this.panel;
    const { theta } = model.view;
    // The half that is kept is the far one, so that one looks into it.
    this.#axis = Math.abs(Math.sin(theta)) > Math.abs(Math.cos(theta)) ? 0 : 2;
    this.#isUpperKept = (this.#axis === 0 ? Math.sin(theta) : Math.cos(theta)) < 0;
    this.#share = 0.5;
    this.#begin(model);
    return this.panel;
  }

  /** Cut the model as the panel says. */
  #begin(model: Model): void {
    this.#stopped = new AbortController();
    const { signal } = this.#stopped;
    this.#viewer = model.viewer;
    this.#addHandle();
    this.overlay.hidden = false;
    // The camera moves the model, and a finer level brings other materials.
    for (const name of ["camera-change", "before-render"]) model.viewer.addEventListener(name, () => setCut(model.viewer, this.cut), { signal });
    model.viewer.addEventListener("camera-change", () => this.#showPins(), { signal });
    if (!setCut(model.viewer, this.cut)) {
      this.stop();
      this.#host.announce(this.#host.words.t("no_cut"));
      return;
    }
    this.#show();
  }

  /** Show the whole model. */
  stop(): void {
    if (!this.isOn) return;
    const hadFocus = this.overlay.matches(":focus-within");
    this.#stopped?.abort();
    this.#stopped = undefined;
    this.overlay.hidden = true;
    for (const each of this.#viewer?.querySelectorAll(".cut, .cut-end") ?? []) each.remove();
    this.#handle = undefined;
    this.#showPins();
    if (this.#viewer) {
      setCut(this.#viewer, undefined);
      redraw(this.#viewer);
    }
    this.#status.textContent = this.#host.words.t("cut_off");
    this.#host.announce(this.#host.words.t("cut_off"), false);
    if (hadFocus) this.#viewer?.focus();
  }

  get #bounds(): NonNullable<State["bounds_m"]> {
    return this.#host.state.bounds_m as NonNullable<State["bounds_m"]>;
  }

  get #place(): number {
    const [low, high] = this.#bounds;
    const extent = high[this.#axis] - low[this.#axis];
    // At both ends the plane is beside the model, and not in its outermost face.
    return low[this.#axis] + (this.#share + (2 * this.#share - 1) * BESIDE) * extent;
  }

  #turn(axis: Axis): void {
    this.#axis = axis;
    // From above, one looks down into the lower half.
    if (axis === 1) this.#isUpperKept = false;
    this.#share = 0.5;
    this.#restart();
  }

  #flip(): void {
    this.#isUpperKept = !this.#isUpperKept;
    this.#restart();
  }

  #move(share: number): void {
    this.#share = share;
    this.#restart();
  }

  /** Show what changed; a change after "whole model" cuts again. */
  #restart(): void {
    const { model } = this.#host;
    if (this.isOn) this.#show();
    else if (model) this.#begin(model);
  }

  #show(): void {
    if (!this.#viewer) return;
    const { words, state } = this.#host;
    const [low, high] = this.#bounds;
    const extent = high[this.#axis] - low[this.#axis];
    this.#range.value = String(this.#share);
    this.#axes.forEach((input, at) => (input.checked = at === this.#axis));
    const where = words.t(`cut_${AXES[this.#axis]}`);
    const text = state.is_size_known && !this.#host.territory
      ? words.t("cut_at", { where, length: words.metres(this.#share * extent), whole: words.metres(extent) })
      : words.t("cut_at_share", { where, share: words.percent(this.#share) });
    this.#status.textContent = text;
    this.#range.setAttribute("aria-valuetext", text);
    this.#handle?.setAttribute("aria-valuenow", String(Math.round(this.#share * 100)));
    this.#handle?.setAttribute("aria-valuetext", text);
    const point = (place: number) => [0, 1, 2].map((axis) => (axis === this.#axis ? place : ((low[axis] ?? 0) + (high[axis] ?? 0)) / 2)).join(" ");
    this.#viewer.updateHotspot({ name: SLOT, position: point(this.#place) });
    ENDS.forEach((name, at) => this.#viewer?.updateHotspot({ name, position: point(this.#bounds[at as 0 | 1][this.#axis]) }));
    this.#showPins();
    setCut(this.#viewer, this.cut);
    redraw(this.#viewer);
  }

  /** Hide the pins of what is cut away, and those that would lie on the handle. */
  #showPins(): void {
    const { cut } = this;
    const on = (slot: string) => this.#viewer?.queryHotspot(slot)?.canvasPosition;
    const handle = cut && on(SLOT);
    for (const pin of this.#viewer?.querySelectorAll<HTMLElement>(".pin") ?? []) {
      const at = Number(pin.dataset["position"]?.split(" ")[cut?.axis ?? 0]);
      const place = on(pin.slot);
      const isOnHandle = !!handle && !!place && Math.hypot(place.x - handle.x, place.y - handle.y) < HANDLE_PX;
      pin.hidden = !!cut && (isCutAway(cut, at) || isOnHandle);
    }
  }

  /** Put a handle at the plane, and marks at both ends of the axis, which tell how far a finger moved it. */
  #addHandle(): void {
    const viewer = this.#viewer;
    if (!viewer) return;
    const handle = h("div", {
      slot: SLOT, class: "cut", part: "cut", role: "slider", tabindex: 0, "aria-label": this.#host.words.t("cut_place"),
      "aria-valuemin": 0, "aria-valuemax": 100, "data-position": "0 0 0",
    });
    handle.addEventListener("keydown", (event) => {
      const share = valueAfterKey(event.key, this.#share, STEP, 1);
      if (share === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      this.#move(share);
    });
    handle.addEventListener("pointerdown", (event) => {
      event.stopPropagation();
      handle.setPointerCapture(event.pointerId);
    });
    handle.addEventListener("pointermove", (event) => {
      if (!handle.hasPointerCapture(event.pointerId)) return;
      const box = viewer.getBoundingClientRect();
      const [low, high] = ENDS.map((name) => viewer.queryHotspot(name)?.canvasPosition);
      if (!low || !high) return;
      const share = shareOnScreen([event.clientX - box.left, event.clientY - box.top], [low.x, low.y], [high.x, high.y]);
      // Seen end on, the plane follows the finger up and down.
      this.#move(share ?? Math.min(1, Math.max(0, this.#share - event.movementY / Math.max(1, box.height))));
    });
    this.#handle = handle;
    viewer.append(handle, ...ENDS.map((name) => h("span", { slot: name, class: "cut-end", "data-position": "0 0 0" })));
  }
}
