// One state of a site in one <model-viewer>: its levels, its camera, its motion.
import { atOrigin } from "../documents";
import { h } from "../dom";
import type { Level, State } from "../schema";
import { plainText, type Words } from "../words";
import { initialOrbit, type CameraView, formatOrbit, formatTarget, scaleFieldOfView } from "./camera";
import { levelOf, type ShownName } from "./levels";
import { adoptStyle, type ModelViewer } from "./model_viewer";
import { setLighting, type Lighting, markParts, showParts, viewScale } from "./model_viewer_internals";
import { prewarm } from "./prewarm";
import { ResumableFetch } from "./resumable_fetch";
import { loadSource } from "./source";

/** How near and far a camera may go, in diagonals of the model. */
const NEAREST = 0.01;
const FARTHEST = 3;
const SHADOW = "0.6";
const AFTER_MS = 200;
const SIDES = ["front", "right", "back", "left"];
const HEIGHTS = ["", "upper-", "lower-"];

export interface LoadListener {
  progress(done: number, whole: number): void;
  retried(): void;
}

/** A level that is fetched while the one before it is still being decoded. */
interface Prefetch {
  fetching: ResumableFetch;
  blob: Promise<Blob>;
  abort: AbortController;
}

export class Model {
  readonly state: State;
  readonly viewer: ModelViewer;
  level: ShownName | undefined;
  isMoving = false;
  #fetching: ResumableFetch | undefined;
  #prefetch: Prefetch | undefined;
  #abort = new AbortController();
  #isDisposed = false;
  #hasFile = false;
  readonly #ready: Promise<void>;

  /** library : a level is put into the viewer when it is there; files come meanwhile */
  constructor(state: State, words: Words, library: Promise<void> = Promise.resolve()) {
    this.state = state;
    this.#ready = library.then(() => (this.#hasFile ? undefined : prewarm(this.viewer, this.#abort.signal)));
    this.#ready.catch(() => undefined);
    this.viewer = h("model-viewer" as "div", {
      alt: words.t("model_of", { title: plainText(state.title.text) }),
      "camera-controls": true,
      "touch-action": "pan-y",
      // A tap beside the model would leave it a dot in the distance, and one on it would move what is being measured.
      "disable-tap": true,
      "interaction-prompt": "none",
      exposure: "0.9",
      "camera-orbit": initialOrbit(state),
      "max-field-of-view": "75deg",
      "min-field-of-view": "5deg",
      ar: true,
      "ar-modes": "webxr",
      "ar-scale": state.is_size_known ? "fixed" : "auto",
      part: "model",
      a11y: JSON.stringify(cameraDescriptions(words)),
      ...cameraLimits([state]),
    }) as unknown as ModelViewer;
    // Our own button starts AR.
    this.viewer.append(h("span", { slot: "ar-button", hidden: true }));
  }

  /** Finish what can only be done in a page. */
  onAttached(): void {
    adoptStyle(this.viewer.shadowRoot);
    // The library calls its announcements a region of the same name in every model; what is live needs to be none.
    for (const region of this.viewer.shadowRoot?.querySelectorAll('[role="region"]') ?? []) {
      region.removeAttribute("role");
      region.removeAttribute("aria-label");
    }
  }

  /** Let the camera go as far as any of the states wants. */
  widen(states: readonly State[]): void {
    for (const [name, value] of Object.entries(cameraLimits(states))) this.viewer.setAttribute(name, value);
  }

  /** Fetch a level and show it; the old one stays in sight until then, and the view stays. `came`: its file is here. */
  async show(name: ShownName, reports: LoadListener, onFetched: () => void = () => undefined): Promise<number> {
    const level = levelOf(this.state, name);
    if (!level) throw new Error(`no level ${name}`);
    if (this.#isDisposed) throw new DOMException("the model was let go", "AbortError");
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const url = atOrigin(level.url);
    if (this.#prefetch?.fetching.request.url === url) this.#fetching = this.#prefetch.fetching;
    else if (this.#fetching?.request.url !== url) this.#fetching = fetchOfLevel(level);
    const blob = await this.#fetchFile(this.#fetching, reports, signal);
    this.#fetching = undefined;
    onFetched();
    this.#hasFile = true;
    await this.#ready;
    const time = this.viewer.currentTime;
    await this.#showFile(blob, signal);
    // What draws the shadow takes as long to be made as all else; the model is seen before.
    if (!this.level) setTimeout(() => this.viewer.setAttribute("shadow-intensity", SHADOW), AFTER_MS);
    this.level = name;
    if (this.isMoving) this.move(true, time);
    return level.bytes;
  }

  /** Begin to fetch a level; `show` goes on from there. */
  prefetch(name: ShownName, reports: LoadListener): void {
    const level = levelOf(this.state, name);
    if (!level || this.#isDisposed) return;
    const abort = new AbortController();
    const fetching = fetchOfLevel(level);
    const blob = fetching.run((done) => reports.progress(done, level.bytes), reports.retried, abort.signal);
    blob.catch(() => undefined);
    this.#prefetch = { fetching, blob, abort };
  }

  #fetchFile(fetching: ResumableFetch, reports: LoadListener, signal: AbortSignal): Promise<Blob> {
    const prefetch = this.#prefetch;
    this.#prefetch = undefined;
    if (prefetch?.fetching === fetching) {
      signal.addEventListener("abort", () => prefetch.abort.abort());
      return prefetch.blob;
    }
    prefetch?.abort.abort();
    return fetching.run((done) => reports.progress(done, fetching.request.bytes), reports.retried, signal);
  }

  async #showFile(blob: Blob, signal: AbortSignal): Promise<void> {
    const url = URL.createObjectURL(blob);
    try {
      await loadSource(this.viewer, url, signal);
    } finally {
      URL.revokeObjectURL(url);
    }
  }

  get view(): CameraView {
    const { theta, phi, radius } = this.viewer.getCameraOrbit();
    const { x, y, z } = this.viewer.getCameraTarget();
    // The library says what it widened, and widens what it is told.
    return { theta, phi, radius, target: [x, y, z], field: scaleFieldOfView(this.viewer.getFieldOfView(), 1 / this.viewScale) };
  }

  get viewScale(): number {
    return viewScale(this.viewer);
  }

  /** Look from somewhere; at once, or in a glide. */
  setView(view: CameraView, isInstant: boolean): void {
    this.viewer.cameraTarget = formatTarget(view.target);
    this.viewer.cameraOrbit = formatOrbit(view);
    if (view.field) this.viewer.fieldOfView = `${view.field.toFixed(3)}deg`;
    if (isInstant) void this.viewer.updateComplete.then(() => this.viewer.jumpCameraToGoal());
  }

  /** Go back to the view of the poster. */
  resetView(isInstant: boolean): void {
    this.viewer.cameraTarget = "auto auto auto";
    this.viewer.fieldOfView = "auto";
    // The same words again would change nothing.
    this.viewer.cameraOrbit = "";
    void this.viewer.updateComplete.then(async () => {
      this.viewer.cameraOrbit = initialOrbit(this.state);
      await this.viewer.updateComplete;
      if (isInstant) this.viewer.jumpCameraToGoal();
    });
  }

  /** Start or stop the model's animation. */
  move(isMoving: boolean, time = this.viewer.currentTime): void {
    const clip = this.state.clips[0];
    if (!clip) return;
    this.isMoving = isMoving;
    this.viewer.animationName = clip.name;
    if (isMoving) this.viewer.play();
    else this.viewer.pause();
    if (time) this.viewer.currentTime = time % clip.duration_s;
  }

  /** Mark parts and hide them, or neither; returns how many of them the model has. */
  markParts(names: readonly string[], isMarked: boolean, isHidden: boolean): number {
    markParts(this.viewer, names, isMarked);
    return showParts(this.viewer, names, !isHidden).length;
  }

  /** Light it from one side, or as usual. */
  setLighting(lighting: Lighting | undefined): void {
    setLighting(this.viewer, lighting);
  }

  /** Let everything go. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#abort.abort();
    this.#prefetch?.abort.abort();
    this.viewer.remove();
    this.viewer.src = null;
  }
}

function fetchOfLevel(level: Level): ResumableFetch {
  return new ResumableFetch({ url: atOrigin(level.url), bytes: level.bytes, type: level.media_type });
}

function cameraLimits(states: readonly State[]): Record<string, string> {
  const sizes = states.flatMap((state) => (state.bounds_m ? [diagonal(state.bounds_m)] : []));
  if (sizes.length < states.length) return {};
  const size = Math.max(...sizes);
  const least = Math.max(0.01, Math.min(...sizes) * NEAREST);
  return { "min-camera-orbit": `auto 0deg ${least}m`, "max-camera-orbit": `auto 180deg ${size * FARTHEST}m` };
}

function diagonal([low, high]: NonNullable<State["bounds_m"]>): number {
  return Math.hypot(high[0] - low[0], high[1] - low[1], high[2] - low[2]);
}

/** Return what is announced while the model is turned, under the library's names. */
function cameraDescriptions(words: Words): Record<string, string> {
  const views = HEIGHTS.flatMap((height) => SIDES.map((side) => [height + side, words.t(`seen_${height}${side}`)] as const));
  return { ...Object.fromEntries(views), "interaction-prompt": words.t("prompt") };
}
