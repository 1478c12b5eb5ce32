// Load levels, with their progress in sight and a way to try again.
import { finest, levelOf, SHOWN, type ShownName } from "./models/levels";
import { Model, type Reports } from "./models/model";
import { fetchLibrary, hasWebGL, loadLibrary } from "./models/model_viewer";
import { addPins } from "./tools/annotations";
import type { Host } from "./tools/panel_host";
import type { Stage } from "./ui/stage";
import { plain, type Start } from "./words";

/** Progress is told no more often than it can be seen. */
const STEP_MS = 100;

export class Loading {
  readonly #host: Host;
  readonly #stage: Stage;
  readonly #leaving: AbortSignal;
  readonly #dress: (model: Model) => void;
  readonly #shown: (model: Model) => void;

  /** dress : called before a level is seen; shown : when it is there */
  constructor(host: Host, stage: Stage, leaving: AbortSignal, dress: (model: Model) => void, shown: (model: Model) => void) {
    this.#host = host;
    this.#stage = stage;
    this.#leaving = leaving;
    this.#dress = dress;
    this.#shown = shown;
  }

  /**
   * Load a level of a model; a failure can be tried again where it stopped.
   *
   * next : level that is fetched while this one is decoded, and shown after it
   * turn : when the line is free for it
   */
  async load(model: Model, name: ShownName, next?: ShownName, turn?: Promise<void>): Promise<void> {
    const { announce, emit, words, element } = this.#host;
    this.#stage.again.hidden = true;
    const reports = this.reports(model, name);
    const dressed = new AbortController();
    model.viewer.addEventListener("before-render", () => this.#dress(model), { signal: dressed.signal });
    try {
      await turn;
      if (this.#leaving.aborted) return;
      const bytes = await model.show(name, reports, () => {
        if (next) model.prefetch(next, this.reports(model, next));
      });
      if (this.#leaving.aborted) return;
      if (model === this.#host.model) element.dataset["shown"] = name;
      this.#shown(model);
      emit("carreau-load", { state: model.state.id, level: name, bytes });
    } catch (failure) {
      if (this.#leaving.aborted || (failure as Error).name === "AbortError") return;
      announce(words.say("failed"));
      emit("carreau-error", { reason: "network" });
      this.#stage.again.hidden = false;
      this.#stage.again.onclick = () => void this.load(model, name, next);
      return;
    } finally {
      dressed.abort();
      this.#stage.loaded();
    }
    announce("");
    if (next && model.level === name) void this.load(model, next);
  }

  reports(model: Model, name: ShownName): Reports {
    const whole = levelOf(model.state, name)?.bytes ?? 1;
    const { words, announce, emit } = this.#host;
    const wholeText = words.size(whole);
    let told = -Infinity;
    return {
      progress: (done) => {
        if (done < whole && performance.now() - told < STEP_MS) return;
        told = performance.now();
        const text = words.say("loading", { done: words.size(done), whole: wholeText });
        this.#stage.progress(text, words.say("loading_of", { title: plain(model.state.title.text) }), done, whole);
        emit("carreau-progress", { state: model.state.id, level: name, done, whole });
      },
      retried: () => announce(words.say("retrying")),
    };
  }
}

// Bring the first level, then the finest that the device bears; or say why not.

export class Opening {
  readonly #host: Host;
  readonly #start: Start;
  readonly #stage: Stage;
  readonly #loading: Loading;
  readonly #leaving: AbortSignal;
  readonly #entered: (model: Model) => void;

  /** entered : called with the model as soon as it is in the page, before it has a level */
  constructor(host: Host, start: Start, stage: Stage, loading: Loading, leaving: AbortSignal, entered: (model: Model) => void) {
    this.#host = host;
    this.#start = start;
    this.#stage = stage;
    this.#loading = loading;
    this.#leaving = leaving;
    this.#entered = entered;
  }

  /** Return the model when its first level is there; undefined where nothing can be shown. */
  async open(): Promise<Model | undefined> {
    const { state, words, device, announce } = this.#host;
    if (this.#leaving.aborted || !state.levels.length || !this.canDraw()) return undefined;
    announce(words.say("preparing"));
    const best = finest(state.levels, device());
    const first = SHOWN.find((name) => levelOf(state, name));
    if (!best || !first) return undefined;
    this.#stage.open.hidden = true;
    const entered = loadLibrary(this.#start).then(() => this.#enter(model));
    const model: Model = new Model(state, words, entered);
    this.#leaving.addEventListener("abort", () => model.end());
    // On a slow line they would share it; the library has much to do, which it can while the level comes.
    const loading = this.#loading.load(model, first, best === first ? undefined : best, fetchLibrary(this.#start));
    try {
      await entered;
    } catch {
      model.end();
      await loading;
      this.#stage.again.hidden = true;
      this.#failed();
      return undefined;
    }
    await loading;
    return model;
  }

  /** Fetch what draws; says whether it could, and else tells the visitor. */
  async fetchLibrary(): Promise<boolean> {
    if (!this.canDraw()) return false;
    try {
      await loadLibrary(this.#start);
    } catch {
      this.#failed();
      return false;
    }
    return !this.#leaving.aborted;
  }

  canDraw(): boolean {
    if (hasWebGL()) return true;
    this.#stage.open.hidden = true;
    this.#host.announce(this.#host.words.say("no_webgl"));
    this.#host.emit("carreau-error", { reason: "webgl" });
    return false;
  }

  #failed(): void {
    this.#stage.open.hidden = false;
    this.#host.announce(this.#host.words.say("failed"));
    this.#host.emit("carreau-error", { reason: "network" });
  }

  #enter(model: Model): void {
    if (this.#leaving.aborted) return;
    this.#stage.models.append(model.viewer);
    model.entered();
    addPins(this.#host, model);
    this.#entered(model);
  }
}
