// What holds the camera of a model: the ground under it, and the end of the zoom where its texture has no more to show.
//
// Whoever moves it, a finger, a key, a tour or a link: the camera stays above the ground of a survey and of a massing model.
// What stands on no ground, as a statue, is seen from below, too. The zoom ends where a texel is as wide as three pixels.
import type { Vector3 } from "../geo/pose";
import type { State } from "../schema";
import type { CameraView } from "./camera";
import type { ModelViewer } from "./model_viewer";

/** A texel is never wider on the stage, in CSS pixels. */
const TEXEL_PX = 3;
/** Height of the camera over the ground, as a share of the diagonal of the model. */
const CLEARANCE = 0.004;
/** Lowest angle from above that a gesture leads to, where there is ground: a visitor sees it from above, at whatever distance. */
const LOWEST = (88 * Math.PI) / 180;
/** Limits of the camera's distance, in diagonals of the model. */
const [NEAREST, FARTHEST] = [0.01, 3];
/** The narrowest field of view, in degrees. */
const NARROWEST = 5;
/** A gesture that comes so soon after another one goes on with it, in milliseconds. */
const GOES_ON_MS = 400;
const GESTURES = ["wheel", "pointerdown", "keydown"] as const;
const HALF_DEGREE = Math.PI / 360;

/** Return whether a state has ground under it: nobody looks at a landscape, or at a plan on the ground, from below. */
export function hasGround(state: Pick<State, "kind" | "survey">): boolean {
  return !!state.survey || state.kind.code === "massing";
}

/** Return how high a view must look so that a texel is no wider than it may be, in metres at the surface. */
export function leastHeight(texel: number, stageHeight: number): number {
  return (texel * stageHeight) / TEXEL_PX;
}

/**
 * Return where the zoom from a view ends, which changes distance and field of view alike: radius in metres, field in degrees.
 *
 * front : how far the surface lies before the target
 * least : height that is seen at the surface, at the end
 */
export function endOfZoom({ radius, field = 30 }: Pick<CameraView, "radius" | "field">, front: number, least: number): { radius: number; field: number } {
  const [distance, tangent] = [radius - front, Math.tan(field * HALF_DEGREE)];
  const times = (2 * distance * tangent) / least;
  // Who is nearer already stays there.
  if (times <= 1) return { radius, field };
  const narrowest = Math.min(NARROWEST, field);
  const end = Math.max(narrowest, Math.atan(tangent / Math.sqrt(times)) / HALF_DEGREE);
  return { radius: Math.min(radius, front + least / 2 / Math.tan(end * HALF_DEGREE)), field: end };
}

/** Return the height of the point that is nearest in plan; `other` without points. */
export function heightAt(points: readonly Vector3[], x: number, z: number, other: number): number {
  let [nearest, height] = [Infinity, other];
  for (const point of points) {
    const square = (point[0] - x) ** 2 + (point[2] - z) ** 2;
    // Of points above each other, the upper one.
    if (square < nearest || (square === nearest && point[1] > height)) [nearest, height] = [square, point[1]];
  }
  return height;
}

/** Return a view whose camera and target are not below the ground; the target stays where it is, unless it is below. */
export function aboveGround<View extends CameraView>(view: View, ground: (x: number, z: number) => number, clearance: number): View {
  const [x, y, z] = view.target;
  const target: Vector3 = [x, Math.max(y, ground(x, z)), z];
  const away = view.radius * Math.sin(view.phi);
  const least = ground(x + away * Math.sin(view.theta), z + away * Math.cos(view.theta)) + clearance - target[1];
  if (view.radius * Math.cos(view.phi) >= least) return target[1] === y ? view : { ...view, target };
  return { ...view, target, phi: Math.acos(Math.min(1, least / view.radius)) };
}

/** What the hold has to know of a model. */
export interface HeldModel {
  readonly state: State;
  readonly viewer: ModelViewer;
  /** As drawn: the field of view is that of the stage. */
  readonly drawnView: CameraView;
  /** Points of the ground, in the model's axes. */
  readonly ground: readonly Vector3[];
  /** Edge of a texel of the finest level that will be shown, in metres; 0 without a texture. */
  readonly texel: number;
}

/** Return whether two views look along the same line at the same point. */
function isSameLine(one: CameraView, other: CameraView): boolean {
  const isNear = (a: number, b: number) => Math.abs(a - b) < 1e-3;
  return isNear(one.theta, other.theta) && isNear(one.phi, other.phi) && one.target.every((value, at) => isNear(value, other.target[at] as number));
}

export class CameraHold {
  readonly #model: HeldModel;
  readonly #move: (view: CameraView) => void;
  #states: readonly State[];
  /** Texels of models that are seen beside this one. */
  #others: readonly Pick<HeldModel, "texel">[] = [];
  #gestureAt = -Infinity;
  #isHeld = false;
  /** Of a model that nobody turns farther, whatever moves the camera. */
  #always: number | undefined;

  /** move : set a drawn view at once */
  constructor(model: HeldModel, move: (view: CameraView) => void) {
    this.#model = model;
    this.#move = move;
    this.#states = [model.state];
    const { viewer } = model;
    for (const name of GESTURES) viewer.addEventListener(name, () => this.#begin(), { capture: true, passive: true });
    viewer.addEventListener("camera-change", (event) => {
      if ((event as CustomEvent<{ source?: string }>).detail?.source === "user-interaction") this.#correct();
    });
    this.release();
  }

  /** Hold the camera for these states, which are compared, while these models are seen. */
  share(states: readonly State[], seen: readonly Pick<HeldModel, "texel">[]): void {
    this.#others = seen;
    if (states.length === this.#states.length && states.every((each, at) => each === this.#states[at])) return;
    this.#states = states;
    this.release();
  }

  /** Leave the limits of the last gesture: what comes is held by `held`. Return whether there were any. */
  release(): boolean {
    const wasHeld = this.#isHeld;
    this.#isHeld = false;
    this.#limit(this.#nearest, NARROWEST, this.#always ?? Math.PI);
    return wasHeld;
  }

  /** Lowest angle from above that a visitor turns the camera to, in radians. */
  get lowest(): number {
    return this.#always ?? (this.#states.some(hasGround) ? LOWEST : Math.PI);
  }

  /** Keep the camera above an angle, whatever moves it. */
  keepAbove(lowest: number): void {
    this.#always = lowest;
    this.release();
  }

  /** Return the view nearest to another one that the camera may have; the field of view as drawn. */
  held(view: CameraView): CameraView {
    const { viewer, drawnView } = this.#model;
    const field = view.field ?? drawnView.field ?? 30;
    const least = leastHeight(this.#texel, viewer.clientHeight) / 2 / Math.tan(field * HALF_DEGREE);
    const front = isSameLine(view, drawnView) ? this.#front(drawnView) : 0;
    return this.#above({ ...view, radius: Math.max(view.radius, Math.min(front + least, Math.max(drawnView.radius, least))) });
  }

  get #texel(): number {
    return Math.max(this.#model.texel, ...this.#others.map(({ texel }) => texel));
  }

  get #diagonals(): number[] {
    return this.#states.flatMap(({ bounds_m: box }) => (box ? [Math.hypot(...box[1].map((high, at) => high - (box[0][at] as number)))] : []));
  }

  get #nearest(): number {
    return Math.max(0.01, Math.min(...this.#diagonals) * NEAREST);
  }

  #above(view: CameraView): CameraView {
    const { state, ground } = this.#model;
    if (!hasGround(state) || !state.bounds_m) return view;
    // The ground of a massing model is at zero, whatever is below it.
    const low = state.survey ? state.bounds_m[0][1] : Math.max(0, state.bounds_m[0][1]);
    const height = (x: number, z: number) => heightAt(ground, x, z, low);
    return aboveGround(view, height, Math.max(...this.#diagonals) * CLEARANCE);
  }

  /** A gesture begins: the limits are those of what is in view now. */
  #begin(): void {
    const now = performance.now();
    const goesOn = now - this.#gestureAt < GOES_ON_MS;
    this.#gestureAt = now;
    if (goesOn || !this.#model.viewer.loaded) return;
    const view = this.#model.drawnView;
    const least = leastHeight(this.#texel, this.#model.viewer.clientHeight);
    const end = least ? endOfZoom(view, this.#front(view), least) : { radius: this.#nearest, field: NARROWEST };
    this.#isHeld = true;
    this.#limit(Math.max(this.#nearest, end.radius), end.field, Math.max(this.lowest, this.#always ? 0 : view.phi));
  }

  /** Return how far the surface that is seen in the middle lies before the target, in metres. */
  #front(view: CameraView): number {
    const { viewer } = this.#model;
    const box = viewer.getBoundingClientRect();
    const hit = viewer.positionAndNormalFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    if (!hit) return 0;
    const { theta, phi, target: [x, y, z] } = view;
    const along = (hit.position.x - x) * Math.sin(phi) * Math.sin(theta) + (hit.position.y - y) * Math.cos(phi) + (hit.position.z - z) * Math.sin(phi) * Math.cos(theta);
    return Math.min(Math.max(0, along), view.radius * 0.99);
  }

  /** Where the ground rises, or the target was drawn below it, the camera goes up with it. */
  #correct(): void {
    const view = this.#model.drawnView;
    const above = this.#above(view);
    if (above !== view) this.#move(above);
  }

  #limit(radius: number, field: number, phi: number): void {
    const { viewer } = this.#model;
    const sizes = this.#diagonals;
    if (sizes.length < this.#states.length) return;
    const limits = {
      "min-camera-orbit": `auto 0deg ${radius}m`, "max-camera-orbit": `auto ${(phi * 180) / Math.PI}deg ${Math.max(...sizes) * FARTHEST}m`, "min-field-of-view": `${field}deg`,
    };
    for (const [name, value] of Object.entries(limits)) if (viewer.getAttribute(name) !== value) viewer.setAttribute(name, value);
  }
}
