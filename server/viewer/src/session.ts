// The session of a viewer: one state, from its poster to its finest level.
import type { DeepLink } from "./deep_link";
import { fetchSite, fetchStart, fetchTerritory, ORIGIN } from "./documents";
import { h } from "./dom";
import type { Emit } from "./events";
import { LevelLoader, ModelOpener, whenOnline } from "./loading";
import { deviceOf, encodingOf, type Quality, type ShownName } from "./models/levels";
import type { Model } from "./models/model";
import { hasWebGL, loadLibrary, mayHaveWebGL } from "./models/model_viewer";
import { navigate, startComparison } from "./navigation";
import type { Site, State, Territory } from "./schema";
import { siteOfTerritory } from "./territory/table_site";
import type { Mode } from "./tools/comparison";
import type { PanelHost } from "./tools/panel_host";
import { Overlay, type PageAction } from "./ui/overlay";
import { Pyramid } from "./ui/pyramid";
import { Stage } from "./ui/stage";
import { plainText, type StartDocument, Words } from "./words";

export class Session {
  model: Model | undefined;
  state: State | undefined;
  host: PanelHost | undefined;
  overlay: Overlay | undefined;
  /** Whether a model can be drawn, as far as is known. */
  canDraw = mayHaveWebGL();
  readonly #element: HTMLElement;
  readonly #root: ShadowRoot;
  readonly #slug: string;
  readonly #requestedState: string;
  readonly #lang: string;
  readonly #emit: Emit;
  readonly #stage: Stage;
  readonly #stopped = new AbortController();
  #start: StartDocument | undefined;
  #words: Words | undefined;
  #loader: LevelLoader | undefined;
  #opener: ModelOpener | undefined;
  #pyramid: Pyramid | undefined;
  #hostPromise: Promise<PanelHost | undefined> | undefined;
  #started: Promise<void> | undefined;
  #ready: Promise<Model | undefined> | undefined;

  constructor(element: HTMLElement, slug: string, state: string, lang: string, emit: Emit) {
    this.#element = element;
    this.#root = element.shadowRoot as ShadowRoot;
    this.#slug = slug;
    this.#stage = new Stage(!!element.querySelector('[slot="poster"]'));
    this.#requestedState = state;
    this.#lang = lang;
    this.#emit = emit;
  }

  /** Attach the stage with the poster of the page, and the button when the strings are loaded. */
  start(): Promise<void> {
    return (this.#started ??= this.#loadWords());
  }

  async #loadWords(): Promise<void> {
    this.#root.replaceChildren(h("div", { class: "root" }, this.#stage.element, document.createElement("slot")));
    try {
      this.#start = await fetchStart(this.#lang);
    } catch (failure) {
      this.#emit("carreau-error", { reason: "data" });
      if (navigator.onLine) throw failure;
      await new Promise<void>((resolve) => whenOnline(resolve, this.#stopped.signal));
      return this.#loadWords();
    }
    const words = (this.#words = new Words(this.#start));
    this.#stage.open.textContent = words.t("show");
    this.#stage.open.addEventListener("click", () => void this.#openOnClick());
    this.#stage.open.hidden = false;
    this.#stage.retry.textContent = words.t("retry");
  }

  /** The visitor scrolled near: load the site, and the model unless data is to be saved. */
  async onNear(): Promise<void> {
    const isSaving = deviceOf(this.#stage.element).isSaving;
    // A WebGL test would block for half a second on a slow phone, so the library is loaded without it.
    if (!isSaving && this.#start && mayHaveWebGL()) loadLibrary(this.#start).catch(() => undefined);
    const host = await this.loadSite();
    if (host && !isSaving) await this.ready();
  }

  /** Show four views for a mirror pyramid instead; `onLeave` is called when the visitor leaves them. */
  async showPyramid(onLeave: () => void): Promise<void> {
    const host = await this.loadSite();
    if (!host?.state.levels.length || !(await this.#opener?.loadLibrary(() => void this.showPyramid(onLeave)))) return;
    this.#pyramid = new Pyramid(host, onLeave);
    this.#root.firstElementChild?.append(this.#pyramid.element);
    this.#emit("carreau-display", { display: "pyramid" });
    await this.#pyramid.start();
  }

  /** Load the document of the site, once. */
  loadSite(): Promise<PanelHost | undefined> {
    return (this.#hostPromise ??= this.#createHost());
  }

  /** Show the first level, once; undefined if nothing can be shown. */
  ready(): Promise<Model | undefined> {
    return (this.#ready ??= this.loadSite().then(() => this.#opener?.open()).then((model) => {
      if (!model) {
        this.#ready = undefined;
        // What could not be fetched may come later.
        this.canDraw &&= hasWebGL();
        this.overlay?.render();
      }
      return model;
    }));
  }

  /** After the pyramid, focus the button that leads there. */
  async focusViewButton(): Promise<void> {
    await this.ready();
    this.overlay?.toolbar.focus("view");
  }

  async hasState(state: string): Promise<boolean> {
    const host = await this.loadSite();
    return !!host?.site.states.some((each) => each.id === state);
  }

  async load(model: Model, name: ShownName): Promise<void> {
    await this.#loader?.load(model, name);
  }

  /** Show a level in the encoding that suits the device. */
  async show(name: Quality): Promise<void> {
    const model = await this.ready();
    if (!model) return;
    const count = this.overlay?.comparison.other ? 2 : 1;
    await this.load(model, encodingOf(model.state.levels, name, deviceOf(this.#stage.element), count) ?? name);
  }

  /** Follow a deep link. */
  navigate(link: DeepLink): Promise<boolean> {
    return navigate(this, link);
  }

  compare(other: string, mode: Mode, share: number): Promise<boolean> {
    return startComparison(this, other, mode, share);
  }

  stopComparing(): void {
    this.overlay?.thenNow?.endSweep();
    this.overlay?.comparison.stop();
  }

  /** Do what a link of the page asks for, and bring the viewer into the window; return whether it is possible. */
  async act(action: PageAction): Promise<boolean> {
    if (!(await this.loadSite()) || !this.overlay) return false;
    if (!(await this.overlay.act(action))) return false;
    const behavior = this.host?.reducedMotion ? "auto" : "smooth";
    if (action !== "fullscreen") this.#element.scrollIntoView({ block: "nearest", behavior });
    return true;
  }

  /** Release all resources. */
  dispose(): void {
    this.#stopped.abort();
    this.#pyramid?.dispose();
    this.overlay?.dispose();
    this.model?.dispose();
    this.model = undefined;
    this.#root.replaceChildren();
    delete this.#element.dataset["shown"];
  }

  async #openOnClick(): Promise<void> {
    this.#stage.open.disabled = true;
    const model = await this.ready();
    this.#stage.open.disabled = false;
    model?.viewer.focus();
  }

  async #createHost(): Promise<PanelHost | undefined> {
    // `open()` may be called before the strings are loaded.
    await this.#started?.catch(() => undefined);
    const [words, start] = [this.#words, this.#start];
    if (!words || !start) {
      this.#hostPromise = undefined;
      return undefined;
    }
    let site: Site;
    let territory: Territory | undefined;
    try {
      if (this.#element.hasAttribute("territory")) territory = await fetchTerritory(this.#lang);
      site = territory ? siteOfTerritory(territory) : await fetchSite(this.#slug, this.#lang);
    } catch {
      this.#hostPromise = undefined;
      this.#stage.setStatus(words.t(navigator.onLine ? "failed" : "offline"));
      this.#stage.open.hidden = !navigator.onLine;
      this.#emit("carreau-error", { reason: "data" });
      // Where data is to be saved, what the visitor asked for comes, and nothing else.
      const again = this.#ready ? () => this.ready() : () => this.onNear();
      whenOnline(() => void again(), this.#stopped.signal);
      return undefined;
    }
    const states = site.states.filter((each) => each.levels.length || each.poster.length);
    const state = states.find((each) => each.id === this.#requestedState) ?? (this.#requestedState ? undefined : states[0]);
    if (this.#stopped.signal.aborted) return undefined;
    if (!state) {
      this.#stage.open.hidden = true;
      this.#stage.setStatus(words.t("no_state"));
      this.#emit("carreau-error", { reason: "data" });
      return undefined;
    }
    this.#stage.setStatus("");
    this.state = state;
    const host = (this.host = panelHost(this, this.#element, this.#stage, site, territory, state, words, this.#emit));
    this.#fillStage(host, start);
    return host;
  }

  /** Add the poster, badges and tools of the state. */
  #fillStage(host: PanelHost, start: StartDocument): void {
    const { state, words } = host;
    const stage = this.#stage;
    // The page has a poster of the initial state.
    const hasPosterOfPage = this.#element.querySelector('[slot="poster"]') && (this.#element.dataset["poster"] ??= state.id) === state.id;
    if (!hasPosterOfPage) stage.showPoster(state.poster, words.t("picture_of", { title: plainText(state.title.text) }), ORIGIN);
    if (!host.territory) stage.badge(state);
    // The page has the line of this state beside the viewer.
    stage.element.toggleAttribute("data-described", this.#element.dataset["described"] === state.id);
    stage.open.hidden = !state.levels.length || !!this.model;
    this.#loader = new LevelLoader(host, stage, this.#stopped.signal, (model) => this.overlay?.onLevelShown(model), (model) => this.#onLevelShown(model));
    this.#opener = new ModelOpener(host, start, stage, this.#loader, this.#stopped.signal, (model) => {
      this.model = model;
      if (!host.territory) model.frame();
    });
    this.overlay = new Overlay(host, stage);
  }

  /** Hide the poster when a level is shown. */
  #onLevelShown(model: Model): void {
    this.overlay?.onLevelShown(model);
    if (model !== this.model) return;
    this.#stage.element.dataset["open"] = "";
    if (!this.host?.reducedMotion && model.state.clips.length && !model.isMoving) model.move(true);
    this.overlay?.render();
    this.overlay?.onLevelDrawn(model);
  }
}

/** Return the interface of a session that the panels use. */
function panelHost(session: Session, element: HTMLElement, stage: Stage, site: Site, territory: Territory | undefined, state: State, words: Words, emit: Emit): PanelHost {
  return {
    element, stage: stage.element, site, territory, state, words, origin: ORIGIN, emit,
    get model() {
      return session.model;
    },
    get hasModel() {
      return !!session.model || (session.canDraw && !!state.levels.length);
    },
    get reducedMotion() {
      return matchMedia("(prefers-reduced-motion: reduce)").matches;
    },
    announce: (text, isVisible) => stage.setStatus(text, isVisible),
    ready: () => session.ready(),
    load: (model, name) => session.load(model, name),
    show: (name) => session.show(name),
    device: () => deviceOf(stage.element),
    medium: (id) => site.media.find((each) => each.id === id),
    select: (annotation) => session.overlay?.select(annotation),
    open: (panel) => session.overlay?.toolbar.open(panel),
    deepLink: () => {
      const { tours, comparison, selected } = session.overlay ?? {};
      return {
        state: state.id, view: session.model?.level ? session.model.view : undefined, annotation: selected?.id,
        tour: tours?.tour?.id, step: tours?.tour ? tours.at + 1 : undefined,
        ...(comparison?.isSeen ? { other: comparison.other?.state.id, mode: comparison.mode, share: 1 - comparison.share / 100 } : {}),
      };
    },
  };
}
