// Bring the first level, then the finest that the device bears; or say why not.
import { addPins } from "./annotations";
import type { Host } from "./panel_host";
import { SHOWN, finest, levelOf } from "./levels";
import { fetchLibrary, hasWebGL, loadLibrary } from "./model_viewer";
import type { Loading } from "./loading";
import { Model } from "./model";
import type { Stage } from "./stage";
import type { Start } from "./words";

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
