// Load the levels of a model, with progress and a button to retry.
import { findImageTypes } from "./models/image_types";
import { bitsPerSecond, fileFor, type FileName, finest, isQuick, isSoon, levelOf, levelOfFile, sent, SHOWN, type ShownName } from "./models/levels";
import { type LoadListener, Model } from "./models/model";
import { atOrigin } from "./documents";
import { hasWebGL, loadLibrary, preloadLibrary } from "./models/model_viewer";
import { addPins } from "./tools/annotations";
import type { PanelHost } from "./tools/panel_host";
import type { Stage } from "./ui/stage";
import { plainText, type StartDocument } from "./words";

/** Bytes of a file that are on their way on a slow connection: a request that is sent before them is answered after them. */
const IN_FLIGHT = 48_000;
/** Minimum time in which a speed is measured, in milliseconds. */
const LEAST_MS = 50;
/** Minimum interval between progress reports, in milliseconds. */
const INTERVAL_MS = 100;

/** Without a network nothing is wrong, and no button helps: call when it is back. */
export function whenOnline(run: () => void, signal: AbortSignal): void {
  if (!navigator.onLine) addEventListener("online", run, { once: true, signal });
}

/** Say that a file did not come, and offer to ask for it again, or do so when the network is back. */
function tellFailure(host: PanelHost, stage: Stage, again: () => void, signal: AbortSignal): void {
  host.announce(host.words.t(navigator.onLine ? "failed" : "offline"));
  host.emit("carreau-error", { reason: "network" });
  stage.open.hidden = true;
  stage.retry.hidden = !navigator.onLine;
  stage.retry.onclick = again;
  whenOnline(again, signal);
}

export class LevelLoader {
  readonly #host: PanelHost;
  readonly #stage: Stage;
  readonly #stopped: AbortSignal;
  readonly #beforeRender: (model: Model) => void;
  readonly #onShown: (model: Model) => void;
  /** The highest speed that was measured, in bit/s: other requests and a busy processor only make it seem lower. */
  #speed: number | undefined;

  /** beforeRender : called before a level is first drawn; onShown : called when it is shown */
  constructor(host: PanelHost, stage: Stage, stopped: AbortSignal, beforeRender: (model: Model) => void, onShown: (model: Model) => void) {
    this.#host = host;
    this.#stage = stage;
    this.#stopped = stopped;
    this.#beforeRender = beforeRender;
    this.#onShown = onShown;
  }

  /**
   * Load a level of a model, in the encoding that suits the connection; after a failure, the visitor can resume it.
   *
   * next : level to fetch while the end of this one arrives and is decoded, and to show after it
   */
  async load(model: Model, name: ShownName, next?: ShownName): Promise<void> {
    const { announce, emit, element } = this.#host;
    this.#stage.retry.hidden = true;
    const file = this.#fileOf(model, name);
    const reports = this.reports(model, file, next);
    const rendering = new AbortController();
    model.viewer.addEventListener("before-render", () => this.#beforeRender(model), { signal: rendering.signal });
    try {
      if (this.#stopped.aborted) return;
      const bytes = await model.show(file, reports);
      if (this.#stopped.aborted) return;
      if (model === this.#host.model) element.dataset["shown"] = name;
      this.#onShown(model);
      this.measure(bitsPerSecond(atOrigin(levelOf(model.state, file)?.url ?? "")));
      if (file !== name && this.#isSoonHere(model, name)) next = name;
      emit("carreau-load", { state: model.state.id, level: name, file, bytes, ...(next ? { next } : {}) });
      // The shadow takes as long to set up as everything else, so the finest level is shown first.
      if (!next) model.castShadow();
    } catch (failure) {
      if (this.#stopped.aborted || (failure as Error).name === "AbortError") return;
      tellFailure(this.#host, this.#stage, () => void this.load(model, name, next), this.#stopped);
      return;
    } finally {
      rendering.abort();
      this.#stage.loaded();
    }
    announce("");
    if (next && model.level === name) void this.load(model, next);
  }

  /** Keep a speed that was measured, in bit/s, unless a higher one is known. */
  measure(speed: number | undefined): void {
    this.#speed = Math.max(speed ?? 0, this.#speed ?? 0) || undefined;
  }

  /** Return the file of a level to fetch: the one on its way, or its own where another encoding of it is shown. */
  #fileOf(model: Model, name: ShownName): FileName {
    const { prefetched, file } = model;
    if (prefetched && levelOfFile(prefetched) === name) return prefetched;
    if (file && file !== name && levelOfFile(file) === name) return name;
    const told = this.#host.device().downlink;
    return fileFor(model.state, name, this.#speed ?? (told && told * 1e6));
  }

  #isSoonHere(model: Model, name: ShownName): boolean {
    const level = levelOf(model.state, name);
    return !!level && !!this.#speed && isSoon(level, this.#speed);
  }

  /** next : level to start fetching shortly before this one is complete, so that the connection is never idle */
  reports(model: Model, file: FileName, next?: ShownName): LoadListener {
    const level = levelOf(model.state, file);
    const total = level?.bytes ?? 1;
    const name = levelOfFile(file);
    const share = level ? sent(level) / total : 1;
    let begun: [at: number, done: number] | undefined;
    const { words, announce, emit } = this.#host;
    const totalText = words.size(total);
    let reported = -Infinity;
    return {
      progress: (done) => {
        const now = performance.now();
        begun ??= [now, done];
        if (next && done >= total - IN_FLIGHT) {
          // A part that arrived in one piece tells nothing.
          if (now - begun[0] >= LEAST_MS) this.measure(((done - begun[1]) * share * 8000) / (now - begun[0]));
          const following = this.#fileOf(model, next);
          model.prefetch(following, this.reports(model, following));
        }
        if (done < total && performance.now() - reported < INTERVAL_MS) return;
        reported = performance.now();
        const text = words.t("loading", { done: words.size(done), whole: totalText });
        this.#stage.progress(text, words.t("loading_of", { title: plainText(model.state.title.text) }), done, total);
        emit("carreau-progress", { state: model.state.id, level: name, done, whole: total });
      },
      retried: () => announce(words.t(navigator.onLine ? "retrying" : "offline")),
      begun: () => {
        this.#onShown(model);
        emit("carreau-begin", { state: model.state.id, level: name });
      },
    };
  }
}

// Open a model: load the first level, then the finest level that suits the device.

export class ModelOpener {
  readonly #host: PanelHost;
  readonly #start: StartDocument;
  readonly #stage: Stage;
  readonly #loader: LevelLoader;
  readonly #stopped: AbortSignal;
  readonly #onAttached: (model: Model) => void;

  /** onAttached : called when the model is in the page, before it has a level */
  constructor(host: PanelHost, start: StartDocument, stage: Stage, loader: LevelLoader, stopped: AbortSignal, onAttached: (model: Model) => void) {
    this.#host = host;
    this.#start = start;
    this.#stage = stage;
    this.#loader = loader;
    this.#stopped = stopped;
    this.#onAttached = onAttached;
  }

  /** Return the model when its first level is shown; undefined if nothing can be shown. */
  async open(): Promise<Model | undefined> {
    const { state, words, device, announce } = this.#host;
    if (this.#stopped.aborted || !state.levels.length || !this.canDraw()) return undefined;
    announce(words.t("preparing"));
    const best = finest(state.levels, device());
    const first = SHOWN.find((name) => levelOf(state, name));
    if (!best || !first) return undefined;
    this.#stage.open.hidden = true;
    this.#stage.retry.hidden = true;
    const attached = loadLibrary(this.#start).then(() => this.#attach(model));
    const model: Model = new Model(state, words, attached);
    this.#stopped.addEventListener("abort", () => model.dispose());
    // On a slow connection both would compete; the library starts up while the level is fetched.
    const loading = Promise.all([preloadLibrary(this.#start).soon, findImageTypes()]).then(() => {
      const speed = bitsPerSecond(this.#start.library); // not known before all of it is here, where the connection is slow
      this.#loader.measure(speed);
      const shown = isQuick(levelOf(state, best), speed) ? best : first;
      return this.#loader.load(model, shown, shown === best ? undefined : best);
    });
    try {
      await attached;
    } catch {
      model.dispose();
      await loading;
      tellFailure(this.#host, this.#stage, () => void this.#host.ready(), this.#stopped);
      return undefined;
    }
    await loading;
    return model;
  }

  /** Load model-viewer; return whether it can draw, and tell the visitor if not, who may ask `again`. */
  async loadLibrary(again: () => void): Promise<boolean> {
    if (!this.canDraw()) return false;
    this.#stage.retry.hidden = true;
    try {
      await loadLibrary(this.#start);
    } catch {
      tellFailure(this.#host, this.#stage, again, this.#stopped);
      return false;
    }
    return !this.#stopped.aborted;
  }

  canDraw(): boolean {
    if (hasWebGL()) return true;
    this.#stage.open.hidden = true;
    this.#host.announce(this.#host.words.t("no_webgl"));
    this.#host.emit("carreau-error", { reason: "webgl" });
    return false;
  }

  #attach(model: Model): void {
    if (this.#stopped.aborted) return;
    this.#stage.models.append(model.viewer);
    model.onAttached();
    addPins(this.#host, model);
    this.#onAttached(model);
  }
}
