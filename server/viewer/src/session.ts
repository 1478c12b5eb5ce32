// One visit of one state: from its poster to its finest level.
import type { Place } from "./deep_link";
import { ORIGIN, siteOf, startOf } from "./documents";
import type { Emit } from "./events";
import { Loading, Opening } from "./loading";
import { deviceOf, type ShownName } from "./models/levels";
import type { Model } from "./models/model";
import { loadLibrary, mayHaveWebGL } from "./models/model_viewer";
import { compareWith, goTo } from "./navigation";
import type { Site, State } from "./schema";
import type { Mode } from "./tools/comparison";
import type { Host } from "./tools/panel_host";
import { Overlay } from "./ui/overlay";
import { Pyramid } from "./ui/pyramid";
import { Stage } from "./ui/stage";
import { plain, type Start, Words } from "./words";

export class Session {
  model: Model | undefined;
  state: State | undefined;
  host: Host | undefined;
  overlay: Overlay | undefined;
  readonly #element: HTMLElement;
  readonly #root: ShadowRoot;
  readonly #slug: string;
  readonly #wanted: string;
  readonly #lang: string;
  readonly #emit: Emit;
  readonly #stage = new Stage();
  readonly #leaving = new AbortController();
  #start: Start | undefined;
  #words: Words | undefined;
  #loading: Loading | undefined;
  #opening: Opening | undefined;
  #pyramid: Pyramid | undefined;
  #known: Promise<Host | undefined> | undefined;
  #begun: Promise<void> | undefined;
  #ready: Promise<Model | undefined> | undefined;

  constructor(element: HTMLElement, slug: string, state: string, lang: string, emit: Emit) {
    this.#element = element;
    this.#root = element.shadowRoot as ShadowRoot;
    this.#slug = slug;
    this.#wanted = state;
    this.#lang = lang;
    this.#emit = emit;
  }

  /** Put the stage there, with the page's own poster on it, and the button once its words have come. */
  begin(): Promise<void> {
    return (this.#begun ??= this.#begin());
  }

  async #begin(): Promise<void> {
    this.#root.replaceChildren(this.#stage.element, document.createElement("slot"));
    try {
      this.#start = await startOf(this.#lang);
    } catch (failure) {
      this.#emit("carreau-error", { reason: "data" });
      throw failure;
    }
    const words = (this.#words = new Words(this.#start));
    this.#stage.open.textContent = words.say("show");
    this.#stage.open.addEventListener("click", () => void this.#tapped());
    this.#stage.open.hidden = false;
    this.#stage.again.textContent = words.say("retry");
  }

  /** The visitor is near: learn of the site, and show the model unless data is to be saved. */
  async approached(): Promise<void> {
    const isSaving = deviceOf(this.#stage.element).isSaving;
    // Asking for WebGL first would hold everything up: half a second on a slow phone.
    if (!isSaving && this.#start && mayHaveWebGL()) loadLibrary(this.#start).catch(() => undefined);
    const host = await this.know();
    if (host && !isSaving) await this.ready();
  }

  /** Show four views for a pyramid of mirrors instead; `left` is called when the visitor leaves them. */
  async showPyramid(left: () => void): Promise<void> {
    const host = await this.know();
    if (!host?.state.levels.length || !(await this.#opening?.fetchLibrary())) return;
    this.#pyramid = new Pyramid(host, left);
    this.#root.append(this.#pyramid.element);
    this.#emit("carreau-display", { display: "pyramid" });
    await this.#pyramid.start();
  }

  /** Fetch what is known of the site, once. */
  know(): Promise<Host | undefined> {
    return (this.#known ??= this.#learn());
  }

  /** Show the first level, once; undefined where nothing can be shown. */
  ready(): Promise<Model | undefined> {
    return (this.#ready ??= this.know().then(() => this.#opening?.open()).then((model) => {
      if (!model) this.#ready = undefined;
      return model;
    }));
  }

  /** Come back from the pyramid, to the button that leads there. */
  async comeBack(): Promise<void> {
    await this.ready();
    this.overlay?.bar.focus("view");
  }

  async has(state: string): Promise<boolean> {
    const host = await this.know();
    return !!host?.site.states.some((each) => each.id === state);
  }

  async load(model: Model, name: ShownName): Promise<void> {
    await this.#loading?.load(model, name);
  }

  /** Go where an address leads. */
  go(place: Place): Promise<boolean> {
    return goTo(this, place);
  }

  compare(other: string, mode: Mode, share: number): Promise<boolean> {
    return compareWith(this, other, mode, share);
  }

  stopComparing(): void {
    this.overlay?.comparison.stop();
  }

  /** Let everything go. */
  end(): void {
    this.#leaving.abort();
    this.#pyramid?.end();
    this.overlay?.end();
    this.model?.end();
    this.model = undefined;
    this.#root.replaceChildren();
    delete this.#element.dataset["shown"];
  }

  async #tapped(): Promise<void> {
    this.#stage.open.disabled = true;
    const model = await this.ready();
    this.#stage.open.disabled = false;
    model?.viewer.focus();
  }

  async #learn(): Promise<Host | undefined> {
    // Whoever opens a viewer as soon as it is there is faster than its words.
    await this.#begun?.catch(() => undefined);
    const [words, start] = [this.#words, this.#start];
    if (!words || !start) {
      this.#known = undefined;
      return undefined;
    }
    let site: Site;
    try {
      site = await siteOf(this.#slug, this.#lang);
    } catch {
      this.#known = undefined;
      this.#stage.message.textContent = words.say("failed");
      this.#emit("carreau-error", { reason: "data" });
      return undefined;
    }
    const states = site.states.filter((each) => each.levels.length || each.poster.length);
    const state = states.find((each) => each.id === this.#wanted) ?? (this.#wanted ? undefined : states[0]);
    if (this.#leaving.signal.aborted) return undefined;
    if (!state) {
      this.#stage.open.hidden = true;
      this.#stage.say(words.say("no_state"));
      this.#emit("carreau-error", { reason: "data" });
      return undefined;
    }
    this.state = state;
    const host = (this.host = panelHost(this, this.#element, this.#stage, site, state, words, this.#emit));
    this.#furnish(host, start);
    return host;
  }

  /** Put what belongs to the state on the stage and around it. */
  #furnish(host: Host, start: Start): void {
    const { state, words } = host;
    const stage = this.#stage;
    // The page brings the poster of the state that it began with.
    const isOfPage = this.#element.querySelector('[slot="poster"]') && (this.#element.dataset["poster"] ??= state.id) === state.id;
    if (!isOfPage) stage.putPoster(state.poster, words.say("picture_of", { title: plain(state.title.text) }), ORIGIN);
    stage.badge(state, words);
    stage.element.toggleAttribute("data-bare", !state.levels.length);
    stage.open.hidden = !state.levels.length || !!this.model;
    this.#loading = new Loading(host, stage, this.#leaving.signal, (model) => this.overlay?.shown(model), (model) => this.#shown(model));
    this.#opening = new Opening(host, start, stage, this.#loading, this.#leaving.signal, (model) => (this.model = model));
    this.overlay = new Overlay(host, stage);
  }

  /** Take the poster away when a level is there. */
  #shown(model: Model): void {
    this.overlay?.shown(model);
    if (model !== this.model) return;
    this.#stage.element.dataset["open"] = "";
    if (!this.host?.isStill && model.state.clips.length && !model.isMoving) model.move(true);
    this.overlay?.draw();
  }
}

/** Return what the panels may use of a session. */
function panelHost(session: Session, element: HTMLElement, stage: Stage, site: Site, state: State, words: Words, emit: Emit): Host {
  return {
    element, stage: stage.element, site, state, words, origin: ORIGIN, emit,
    get model() {
      return session.model;
    },
    get isStill() {
      return matchMedia("(prefers-reduced-motion: reduce)").matches;
    },
    announce: (text, isSeen) => stage.say(text, isSeen),
    ready: () => session.ready(),
    load: (model, name) => session.load(model, name),
    device: () => deviceOf(stage.element),
    medium: (id) => site.media.find((each) => each.id === id),
    choose: (annotation) => session.overlay?.choose(annotation),
    open: (panel) => session.overlay?.bar.open(panel),
    place: () => {
      const { tours, comparison, chosen } = session.overlay ?? {};
      return {
        state: state.id, look: session.model?.level ? session.model.look : undefined, annotation: chosen?.id,
        tour: tours?.tour?.id, step: tours?.tour ? tours.at + 1 : undefined, other: comparison?.other?.state.id,
      };
    },
  };
}
