// One state of a site in one <model-viewer>: its levels, its camera, its motion.
import { atOrigin } from "../documents";
import { h } from "../dom";
import type { Level, State } from "../schema";
import { plain, type Words } from "../words";
import { firstOrbit, type Look, orbitText, targetText, widened } from "./camera";
import { levelOf, type ShownName } from "./levels";
import { adoptStyle, type ModelViewer } from "./model_viewer";
import { lightFrom, type Lit, markParts, showParts, widening } from "./model_viewer_internals";
import { warm } from "./prewarm";
import { Fetching } from "./resumable_fetch";
import { putSource } from "./source";

/** How near and far a camera may go, in diagonals of the model. */
const NEAREST = 0.01;
const FARTHEST = 3;
const SHADOW = "0.6";
const AFTER_MS = 200;
const SIDES = ["front", "right", "back", "left"];
const HEIGHTS = ["", "upper-", "lower-"];

export interface Reports {
  progress(done: number, whole: number): void;
  retried(): void;
}

/** A level that is fetched while the one before it is still being decoded. */
interface Ahead {
  fetching: Fetching;
  blob: Promise<Blob>;
  aborting: AbortController;
}

export class Model {
  readonly state: State;
  readonly viewer: ModelViewer;
  level: ShownName | undefined;
  isMoving = false;
  #fetching: Fetching | undefined;
  #ahead: Ahead | undefined;
  #aborting = new AbortController();
  #isEnded = false;
  #isHere = false;
  readonly #ready: Promise<void>;

  /** library : a level is put into the viewer when it is there; files come meanwhile */
  constructor(state: State, words: Words, library: Promise<void> = Promise.resolve()) {
    this.state = state;
    this.#ready = library.then(() => (this.#isHere ? undefined : warm(this.viewer, this.#aborting.signal)));
    this.#ready.catch(() => undefined);
    this.viewer = h("model-viewer" as "div", {
      alt: words.say("model_of", { title: plain(state.title.text) }),
      "camera-controls": true,
      "touch-action": "pan-y",
      // A tap beside the model would leave it a dot in the distance, and one on it would move what is being measured.
      "disable-tap": true,
      "interaction-prompt": "none",
      exposure: "0.9",
      "camera-orbit": firstOrbit(state),
      "max-field-of-view": "75deg",
      "min-field-of-view": "5deg",
      ar: true,
      "ar-modes": "webxr",
      "ar-scale": state.is_size_known ? "fixed" : "auto",
      part: "model",
      a11y: JSON.stringify(spoken(words)),
      ...limits([state]),
    }) as unknown as ModelViewer;
    // Our own button starts AR.
    this.viewer.append(h("span", { slot: "ar-button", hidden: true }));
  }

  /** Finish what can only be done in a page. */
  entered(): void {
    adoptStyle(this.viewer.shadowRoot);
    // The library calls its announcements a region of the same name in every model; what is live needs to be none.
    for (const region of this.viewer.shadowRoot?.querySelectorAll('[role="region"]') ?? []) {
      region.removeAttribute("role");
      region.removeAttribute("aria-label");
    }
  }

  /** Let the camera go as far as any of the states wants. */
  widen(states: readonly State[]): void {
    for (const [name, value] of Object.entries(limits(states))) this.viewer.setAttribute(name, value);
  }

  /** Fetch a level and show it; the old one stays in sight until then, and the view stays. `came`: its file is here. */
  async show(name: ShownName, reports: Reports, came: () => void = () => undefined): Promise<number> {
    const level = levelOf(this.state, name);
    if (!level) throw new Error(`no level ${name}`);
    if (this.#isEnded) throw new DOMException("the model was let go", "AbortError");
    this.#aborting.abort();
    this.#aborting = new AbortController();
    const { signal } = this.#aborting;
    const url = atOrigin(level.url);
    if (this.#ahead?.fetching.wanted.url === url) this.#fetching = this.#ahead.fetching;
    else if (this.#fetching?.wanted.url !== url) this.#fetching = fetchingOf(level);
    const blob = await this.#fetched(this.#fetching, reports, signal);
    this.#fetching = undefined;
    came();
    this.#isHere = true;
    await this.#ready;
    const time = this.viewer.currentTime;
    await this.#put(blob, signal);
    // What draws the shadow takes as long to be made as all else; the model is seen before.
    if (!this.level) setTimeout(() => this.viewer.setAttribute("shadow-intensity", SHADOW), AFTER_MS);
    this.level = name;
    if (this.isMoving) this.move(true, time);
    return level.bytes;
  }

  /** Begin to fetch a level; `show` goes on from there. */
  prefetch(name: ShownName, reports: Reports): void {
    const level = levelOf(this.state, name);
    if (!level || this.#isEnded) return;
    const aborting = new AbortController();
    const fetching = fetchingOf(level);
    const blob = fetching.run((done) => reports.progress(done, level.bytes), reports.retried, aborting.signal);
    blob.catch(() => undefined);
    this.#ahead = { fetching, blob, aborting };
  }

  #fetched(fetching: Fetching, reports: Reports, signal: AbortSignal): Promise<Blob> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead?.fetching === fetching) {
      signal.addEventListener("abort", () => ahead.aborting.abort());
      return ahead.blob;
    }
    ahead?.aborting.abort();
    return fetching.run((done) => reports.progress(done, fetching.wanted.bytes), reports.retried, signal);
  }

  async #put(blob: Blob, signal: AbortSignal): Promise<void> {
    const url = URL.createObjectURL(blob);
    try {
      await putSource(this.viewer, url, signal);
    } finally {
      URL.revokeObjectURL(url);
    }
  }

  get look(): Look {
    const { theta, phi, radius } = this.viewer.getCameraOrbit();
    const { x, y, z } = this.viewer.getCameraTarget();
    // The library says what it widened, and widens what it is told.
    return { theta, phi, radius, target: [x, y, z], field: widened(this.viewer.getFieldOfView(), 1 / this.widening) };
  }

  get widening(): number {
    return widening(this.viewer);
  }

  /** Look from somewhere; at once, or in a glide. */
  lookFrom(look: Look, isAtOnce: boolean): void {
    this.viewer.cameraTarget = targetText(look.target);
    this.viewer.cameraOrbit = orbitText(look);
    if (look.field) this.viewer.fieldOfView = `${look.field.toFixed(3)}deg`;
    if (isAtOnce) void this.viewer.updateComplete.then(() => this.viewer.jumpCameraToGoal());
  }

  /** Go back to the view of the poster. */
  lookFirst(isAtOnce: boolean): void {
    this.viewer.cameraTarget = "auto auto auto";
    this.viewer.fieldOfView = "auto";
    // The same words again would change nothing.
    this.viewer.cameraOrbit = "";
    void this.viewer.updateComplete.then(async () => {
      this.viewer.cameraOrbit = firstOrbit(this.state);
      await this.viewer.updateComplete;
      if (isAtOnce) this.viewer.jumpCameraToGoal();
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
  guess(names: readonly string[], isMarked: boolean, isHidden: boolean): number {
    markParts(this.viewer, names, isMarked);
    return showParts(this.viewer, names, !isHidden).length;
  }

  /** Light it from one side, or as usual. */
  light(lit: Lit | undefined): void {
    lightFrom(this.viewer, lit);
  }

  /** Let everything go. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#aborting.abort();
    this.#ahead?.aborting.abort();
    this.viewer.remove();
    this.viewer.src = null;
  }
}

function fetchingOf(level: Level): Fetching {
  return new Fetching({ url: atOrigin(level.url), bytes: level.bytes, type: level.media_type });
}

function limits(states: readonly State[]): Record<string, string> {
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
function spoken(words: Words): Record<string, string> {
  const views = HEIGHTS.flatMap((height) => SIDES.map((side) => [height + side, words.say(`seen_${height}${side}`)] as const));
  return { ...Object.fromEntries(views), "interaction-prompt": words.say("prompt") };
}
