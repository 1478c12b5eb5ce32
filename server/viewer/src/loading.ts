// Load levels, with their progress in sight and a way to try again.
import type { Host } from "./panel_host";
import type { ShownName } from "./levels";
import { levelOf } from "./levels";
import type { Model, Reports } from "./model";
import type { Stage } from "./stage";
import { plain } from "./words";

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
