// One state of a site in one <model-viewer>: levels, camera, animation.
import { atOrigin } from "../documents";
import { h } from "../dom";
import type { Vector3 } from "../geo/pose";
import type { Level, State } from "../schema";
import { plainText, type Words } from "../words";
import { type CameraView, formatOrbit, formatTarget, initialOrbit, scaleFieldOfView, viewOfCamera } from "./camera";
import { CameraHold } from "./camera_hold";
import { earlyBytes, earlyModel } from "./early_model";
import { environmentMap } from "./environment_map";
import { fitView, subjectOf } from "./framing";
import { deviceOf, type FileName, finest, levelOf, levelOfFile, type ShownName } from "./levels";
import { adoptStyle, type ModelViewer, removeLandmarks } from "./model_viewer";
import { LAMP, type Lighting, markParts, setLighting, showParts, surfacePoints, viewScale } from "./model_viewer_internals";
import { prewarm } from "./prewarm";
import { ResumableFetch } from "./resumable_fetch";
import { loadFile } from "./source";

const SHADOW = "0.6";
const AFTER_MS = 200;
/** The beginning of a file is shown where the rest takes longer than this. */
const LONG_MS = 1500;
/** Where the JSON of a file ends, at most. */
const JSON_BYTES = 65_536;
/** Parts of a survey that are its ground. */
const GROUND = ["ground", "water"];
/** Vertical field of view of the library, in degrees. */
const FIELD_DEG = 30;
const SIDES = ["front", "right", "back", "left"];
const HEIGHTS = ["", "upper-", "lower-"];

export interface LoadListener {
  progress(done: number, total: number): void;
  retried(): void;
  /** The beginning of the level is shown while the rest arrives. */
  begun?(): void;
}

/** A level that is fetched while the previous one is decoded. */
interface Prefetch {
  file: FileName;
  fetching: ResumableFetch;
  blob: Promise<Blob>;
  abort: AbortController;
}

export class Model {
  readonly state: State;
  readonly viewer: ModelViewer;
  level: ShownName | undefined;
  /** The file of the level that is shown: its own, or another encoding. */
  file: FileName | undefined;
  isMoving = false;
  /** The view to begin with and to return to, if it is not that of the poster. */
  firstView: (() => CameraView) | undefined;
  /** Points that the first view shows, in the model's axes: its own, and those of a state beside it. */
  #points: readonly Vector3[] = [];
  #others: readonly Vector3[] = [];
  #isFirstView = false;
  readonly #hold: CameraHold;
  #ground: readonly Vector3[] | undefined;
  #resizes: ResizeObserver | undefined;
  #fetching: ResumableFetch | undefined;
  #prefetch: Prefetch | undefined;
  /** The beginning of the level that is being fetched, on its way to be shown. */
  #beginning: Promise<void> | undefined;
  #abort = new AbortController();
  #isDisposed = false;
  #hasFile = false;
  readonly #ready: Promise<void>;

  /** library : resolves when a level can be shown; files are fetched meanwhile */
  constructor(state: State, words: Words, library: Promise<void> = Promise.resolve()) {
    this.state = state;
    this.#ready = library.then(() => (this.#hasFile ? undefined : prewarm(this.viewer, this.#abort.signal)));
    this.#ready.catch(() => undefined);
    this.viewer = h("model-viewer" as "div", {
      alt: words.t("model_of", { title: plainText(state.title.text) }),
      "camera-controls": true,
      "touch-action": "pan-y",
      // A tap beside the model would move the camera far away, and a tap on it would disturb a measurement.
      "disable-tap": true,
      "interaction-prompt": "none",
      // This viewer decides when to load: just below the window the library would hold back a model that is here already.
      loading: "eager",
      exposure: "0.9",
      "environment-image": environmentMap(),
      "camera-orbit": initialOrbit(state),
      "max-field-of-view": "75deg",
      ar: true,
      "ar-modes": "webxr",
      part: "model",
      a11y: JSON.stringify(cameraDescriptions(words)),
    }) as unknown as ModelViewer;
    this.#hold = new CameraHold(this, (view) => this.#place(view, true));
    // The viewer has its own AR button.
    this.viewer.append(h("span", { slot: "ar-button", hidden: true }));
  }

  /** Complete the setup that requires the element to be in the page. */
  onAttached(): void {
    adoptStyle(this.viewer.shadowRoot);
    removeLandmarks(this.viewer.shadowRoot);
  }

  /** Hold the camera for these states, which are compared, while these models are seen. */
  holdWith(states: readonly State[], seen: readonly Model[]): void {
    this.#hold.share(states, seen);
  }

  /** Fetch and show a level; the current one and the view stay until then. */
  async show(file: FileName, reports: LoadListener): Promise<number> {
    const level = levelOf(this.state, file);
    if (!level) throw new Error(`no level ${file}`);
    if (this.#isDisposed) throw new DOMException("the model was let go", "AbortError");
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const url = atOrigin(level.url);
    if (this.#prefetch?.fetching.request.url === url) this.#fetching = this.#prefetch.fetching;
    else if (this.#fetching?.request.url !== url) this.#fetching = createFetch(level);
    const blob = await this.#fetchFile(this.#fetching, reports, signal);
    this.#fetching = undefined;
    this.#hasFile = true;
    await this.#ready;
    await this.#beginning;
    const time = this.viewer.currentTime;
    await loadFile(this.viewer, blob, signal);
    this.level = levelOfFile(file);
    this.file = file;
    if (this.isMoving) this.move(true, time);
    return level.bytes;
  }

  /** Add the shadow on the ground, when the model is drawn. */
  castShadow(): void {
    setTimeout(() => this.viewer.setAttribute("shadow-intensity", SHADOW), AFTER_MS);
  }

  /** Start to fetch a level that is shown after the current one, unless it is on its way; `show` continues it. */
  prefetch(file: FileName, reports: LoadListener): void {
    const level = levelOf(this.state, file);
    if (!level || this.#isDisposed || this.#prefetch?.fetching.request.url === atOrigin(level.url)) return;
    const abort = new AbortController();
    const fetching = createFetch(level, "low");
    const blob = fetching.run(this.#onProgress(fetching, reports), reports.retried, abort.signal);
    blob.catch(() => undefined);
    this.#prefetch = { file, fetching, blob, abort };
  }

  /** The file that is being fetched to be shown next. */
  get prefetched(): FileName | undefined {
    return this.#prefetch?.file;
  }

  #fetchFile(fetching: ResumableFetch, reports: LoadListener, signal: AbortSignal): Promise<Blob> {
    const prefetch = this.#prefetch;
    this.#prefetch = undefined;
    if (prefetch?.fetching === fetching) {
      signal.addEventListener("abort", () => prefetch.abort.abort());
      return prefetch.blob;
    }
    prefetch?.abort.abort();
    return fetching.run(this.#onProgress(fetching, reports), reports.retried, signal);
  }

  /** Return what is to be done when more of a file is here: report it, and show its beginning if the rest takes long. */
  #onProgress(fetching: ResumableFetch, reports: LoadListener): (done: number) => void {
    const { bytes } = fetching.request;
    const [started, had] = [performance.now(), fetching.done];
    let early: number | undefined;
    let isOver = false;
    return (done) => {
      reports.progress(done, bytes);
      if (isOver || !this.level || this.#fetching !== fetching) return;
      early ??= earlyBytes(fetching.head(JSON_BYTES));
      if (early === undefined || done < early) return;
      isOver = true;
      const left = ((bytes - done) * (performance.now() - started)) / Math.max(1, done - had);
      if (early && left > LONG_MS) this.#begin(earlyModel(fetching.head(early)), reports);
    };
  }

  /** Show the beginning of a level; whatever is wrong with it, the level itself follows. */
  #begin(file: Blob, reports: LoadListener): void {
    const { signal } = this.#abort;
    this.#beginning = loadFile(this.viewer, file, signal).then(() => {
      if (!signal.aborted) reports.begun?.();
    }, () => undefined);
  }

  get view(): CameraView {
    const { theta, phi, radius } = this.viewer.getCameraOrbit();
    const { x, y, z } = this.viewer.getCameraTarget();
    // The library returns the widened field of view, and widens the value that is set.
    return { theta, phi, radius, target: [x, y, z], field: scaleFieldOfView(this.viewer.getFieldOfView(), 1 / this.viewScale) };
  }

  /** The view, with the field of view that is drawn. */
  get drawnView(): CameraView {
    return { ...this.view, field: this.viewer.getFieldOfView() };
  }

  /** Edge of a texel of the finest level that this device is shown, in metres; 0 without a texture, or if it is not known. */
  get texel(): number {
    const best = finest(this.state.levels, deviceOf(this.viewer));
    const texels = [best, this.file].map((name) => (name && levelOf(this.state, name)?.texel_m) || Infinity);
    const texel = Math.min(...texels);
    return Number.isFinite(texel) ? texel : 0;
  }

  /** Lowest angle from above that a visitor turns the camera to, in radians. */
  get lowest(): number {
    return this.#hold.lowest;
  }

  /** Keep the camera above an angle from above, in radians, whatever moves it. */
  keepAbove(lowest: number): void {
    this.#hold.keepAbove(lowest);
  }

  /** Points of the ground, in the model's axes. */
  get ground(): readonly Vector3[] {
    if (!this.level) return [];
    return (this.#ground ??= surfacePoints(this.viewer, GROUND));
  }

  get viewScale(): number {
    return viewScale(this.viewer);
  }

  /** Fit the first view into the stage, also when it has another size later, until the camera is moved. */
  frame(): void {
    this.#isFirstView = true;
    this.viewer.addEventListener("camera-change", (event) => {
      if ((event as CustomEvent<{ source?: string }>).detail?.source === "user-interaction") this.#isFirstView = false;
    });
    // The library adapts the field of view first.
    this.#resizes = new ResizeObserver(() => requestAnimationFrame(() => requestAnimationFrame(() => this.reframe())));
    this.#resizes.observe(this.viewer);
  }

  /** Points of the surface, in the model's axes, once a level is here. */
  get points(): readonly Vector3[] {
    // A triangle is what warms the renderer up.
    if (this.#points.length <= 3) this.#points = surfacePoints(this.viewer);
    return this.#points.length > 3 ? this.#points : [];
  }

  /** Have the first view show the points of another state, too. */
  frameWith(others: readonly Vector3[], isInstant: boolean): void {
    this.#others = others;
    this.reframe(isInstant);
  }

  reframe(isInstant = true): void {
    if (this.#isFirstView && this.#hasFirstView && !this.#isDisposed) this.#moveTo(this.#fitted(), isInstant);
  }

  /** Whether it is known: one was chosen, or the model is here. */
  get #hasFirstView(): boolean {
    return !!this.state.first_view || this.points.length > 0;
  }

  #fitted(): CameraView {
    if (this.state.first_view) return viewOfCamera(this.state.first_view);
    const { azimuth_deg, elevation_deg } = this.state.poster_view ?? { azimuth_deg: 0, elevation_deg: 15 };
    const up = Math.tan((FIELD_DEG * Math.PI) / 360) * this.viewScale;
    const aspect = Math.max(1, this.viewer.clientWidth) / Math.max(1, this.viewer.clientHeight);
    const from = { theta: (azimuth_deg * Math.PI) / 180, phi: ((90 - elevation_deg) * Math.PI) / 180 };
    return fitView([...subjectOf(this.points, this.state.poster_view?.subject_m), ...this.#others], from, [up * aspect, up]);
  }

  /** Move the camera, instantly or in an animation. */
  setView(view: CameraView, isInstant: boolean): void {
    this.#isFirstView = false;
    this.#moveTo(view, isInstant);
  }

  /** Show what another model shows, which holds its camera itself. */
  follow(view: CameraView): void {
    this.#isFirstView = false;
    this.#hold.release();
    this.#place(this.#asDrawn(view), true);
  }

  #moveTo(view: CameraView, isInstant: boolean): void {
    const move = () => this.#place(this.#hold.held(this.#asDrawn(view)), isInstant);
    // The library must have left the limits of a gesture, or it would hold the view by them.
    if (this.#hold.release()) void this.viewer.updateComplete.then(move);
    else move();
  }

  /** Return a view with the field of view that is drawn. */
  #asDrawn(view: CameraView): CameraView {
    return { ...view, field: view.field && scaleFieldOfView(view.field, this.viewScale) };
  }

  /** Set a drawn view. */
  #place({ field, ...view }: CameraView, isInstant: boolean): void {
    this.viewer.cameraTarget = formatTarget(view.target);
    this.viewer.cameraOrbit = formatOrbit(view);
    // The library widens it by the shape of the stage.
    if (field) this.viewer.fieldOfView = `${scaleFieldOfView(field, 1 / this.viewScale).toFixed(3)}deg`;
    if (isInstant) void this.viewer.updateComplete.then(() => this.viewer.jumpCameraToGoal());
  }

  /** Return a view whose field of view will be drawn as it says, whatever the shape of the stage. */
  drawnAs(view: CameraView): CameraView {
    return { ...view, field: view.field && scaleFieldOfView(view.field, 1 / this.viewScale) };
  }

  /** Return to the first view: that of the poster. */
  resetView(isInstant: boolean): void {
    if (this.firstView) return this.setView(this.firstView(), isInstant);
    this.viewer.fieldOfView = "auto";
    if (this.#resizes && this.#hasFirstView) {
      this.#isFirstView = true;
      return this.#moveTo(this.#fitted(), isInstant);
    }
    this.viewer.cameraTarget = "auto auto auto";
    // Setting the same value again has no effect.
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

  /** Highlight and hide parts, or restore them; return the number of parts that exist in the model. */
  markParts(names: readonly string[], isMarked: boolean, isHidden: boolean): number {
    markParts(this.viewer, names, isMarked);
    return showParts(this.viewer, names, !isHidden).length;
  }

  /** Show a part as if a lamp shone on it. */
  light(name: string): void {
    markParts(this.viewer, [name], true, LAMP);
  }

  /** Light the model from one side; undefined restores the default light. */
  setLighting(lighting: Lighting | undefined): void {
    setLighting(this.viewer, lighting);
  }

  /** Release all resources. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#resizes?.disconnect();
    this.#abort.abort();
    this.#prefetch?.abort.abort();
    this.viewer.remove();
    this.viewer.src = null;
  }
}

function createFetch(level: Level, priority: RequestPriority = "auto"): ResumableFetch {
  return new ResumableFetch({ url: atOrigin(level.url), bytes: level.bytes, type: level.media_type, priority });
}

/** Return the announcements of the camera's position, by the names of the library. */
function cameraDescriptions(words: Words): Record<string, string> {
  const views = HEIGHTS.flatMap((height) => SIDES.map((side) => [height + side, words.t(`seen_${height}${side}`)] as const));
  return { ...Object.fromEntries(views), "interaction-prompt": words.t("prompt") };
}
