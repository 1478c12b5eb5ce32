// One visit of one state: from its poster to its finest level.
import { addPins, annotationsOf, lookAt, markChosen } from "./annotations";
import { Bar } from "./bar";
import { Comparison } from "./comparison";
import type { Mode } from "./comparison";
import type { Place } from "./deep_link";
import { ORIGIN, siteOf, startOf } from "./documents";
import type { Emit } from "./events";
import type { Host } from "./host";
import type { Device, ShownName } from "./levels";
import { SHOWN, deviceOf, finest, levelOf } from "./levels";
import { hasWebGL, loadLibrary } from "./library";
import type { Annotation, Site, State } from "./manifest";
import { Measuring } from "./measuring";
import { Model } from "./model";
import type { Reports } from "./model";
import { Stage } from "./stage";
import { toolsOf } from "./tools";
import { Tours, toursOf } from "./tours";
import { Words, plain } from "./words";
import type { Start } from "./words";

export class Session {
  model: Model | undefined;
  state: State | undefined;
  host: Host | undefined;
  readonly #element: HTMLElement;
  readonly #root: ShadowRoot;
  readonly #slug: string;
  readonly #wanted: string;
  readonly #lang: string;
  readonly #emit: Emit;
  readonly #stage = new Stage();
  #start: Start | undefined;
  #words: Words | undefined;
  #bar: Bar | undefined;
  #tours: Tours | undefined;
  #comparison: Comparison | undefined;
  #measuring: Measuring | undefined;
  #chosen: Annotation | undefined;
  #known: Promise<Host | undefined> | undefined;
  #ready: Promise<Model | undefined> | undefined;
  #isEnded = false;

  constructor(element: HTMLElement, slug: string, state: string, lang: string, emit: Emit) {
    this.#element = element;
    this.#root = element.shadowRoot as ShadowRoot;
    this.#slug = slug;
    this.#wanted = state;
    this.#lang = lang;
    this.#emit = emit;
  }

  /** Put the stage there, with the page's own poster on it, and the button once its words have come. */
  async begin(): Promise<void> {
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
    if (!isSaving && this.#start && hasWebGL()) loadLibrary(this.#start).catch(() => undefined);
    const host = await this.know();
    if (host && !isSaving) await this.ready();
  }

  /** Fetch what is known of the site, once. */
  know(): Promise<Host | undefined> {
    return (this.#known ??= this.#learn());
  }

  /** Show the first level, once; undefined where nothing can be shown. */
  ready(): Promise<Model | undefined> {
    return (this.#ready ??= this.#open().then((model) => {
      if (!model) this.#ready = undefined;
      return model;
    }));
  }

  async has(state: string): Promise<boolean> {
    const host = await this.know();
    return !!host?.site.states.some((each) => each.id === state);
  }

  /** Load a level of a model, with its progress in sight; a failure can be tried again where it stopped. */
  async load(model: Model, name: ShownName): Promise<void> {
    const { host } = this;
    if (!host) return;
    this.#stage.again.hidden = true;
    try {
      const bytes = await model.show(name, this.#reports(model, name));
      if (this.#isEnded) return;
      if (model === this.model) this.#element.dataset["shown"] = name;
      this.#emit("carreau-load", { state: model.state.id, level: name, bytes });
    } catch (failure) {
      if (this.#isEnded || (failure as Error).name === "AbortError") return;
      host.announce(host.words.say("failed"));
      this.#emit("carreau-error", { reason: "network" });
      this.#stage.again.hidden = false;
      this.#stage.again.onclick = () => void this.load(model, name).then(() => this.#shown(model));
      return;
    } finally {
      this.#stage.loaded();
    }
    host.announce("");
  }

  /** Go where an address leads. */
  async go(place: Place): Promise<void> {
    const host = await this.know();
    if (!host) return;
    if (place.ar) this.#bar?.open("ar");
    const model = await this.ready();
    if (model && place.other) await this.compare(place.other, "slider", 0.5);
    const tour = toursOf(host).find((each) => each.id === place.tour);
    const annotation = annotationsOf(host).find((each) => each.id === place.annotation);
    if (annotation) host.choose(annotation);
    if (tour && place.step) {
      this.#bar?.open("tours");
      await this.#tours?.go(tour, place.step - 1, false);
    }
    if (model && place.look) model.lookFrom(place.look, true);
  }

  async compare(other: string, mode: Mode, share: number): Promise<void> {
    const host = await this.know();
    const state = host?.site.states.find((each) => each.id === other);
    if (!state || !(await this.ready())) return;
    this.#bar?.open("compare");
    const started = this.#comparison?.start(state);
    this.#comparison?.set(mode, 100 - share * 100);
    await started;
    this.#comparison?.set(mode, 100 - share * 100);
  }

  stopComparing(): void {
    this.#comparison?.stop();
  }

  /** Let everything go. */
  end(): void {
    this.#isEnded = true;
    this.#tours?.pause();
    this.#measuring?.stop();
    this.#comparison?.stop();
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
    const words = this.#words;
    if (!words) return undefined;
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
    if (!state || this.#isEnded) return undefined;
    this.state = state;
    const host = (this.host = this.#hostOf(site, state, words));
    this.#furnish(host);
    return host;
  }

  /** Put what belongs to the state on the stage and around it. */
  #furnish(host: Host): void {
    const { state, words } = host;
    const stage = this.#stage;
    // The page brings the poster of the state that it began with.
    const isOfPage = this.#element.querySelector('[slot="poster"]') && (this.#element.dataset["poster"] ??= state.id) === state.id;
    if (!isOfPage) stage.putPoster(state.poster, words.say("picture_of", { title: plain(state.title.text) }), ORIGIN);
    stage.badge(state, words);
    stage.open.hidden = !state.levels.length || !!this.model;
    this.#tours = new Tours(host, stage.caption);
    this.#measuring = new Measuring(host);
    this.#comparison = new Comparison(host, stage.models, (other) => stage.badge(other, words, true));
    this.#bar = new Bar(words);
    stage.element.append(this.#measuring.overlay, this.#bar.element);
    stage.element.after(this.#bar.panel);
    this.#draw();
  }

  async #open(): Promise<Model | undefined> {
    const host = await this.know();
    const start = this.#start;
    if (!host || !start || !host.state.levels.length) return undefined;
    if (!hasWebGL()) {
      this.#stage.open.hidden = true;
      host.announce(host.words.say("no_webgl"));
      this.#emit("carreau-error", { reason: "webgl" });
      return undefined;
    }
    host.announce(host.words.say("preparing"));
    const best = finest(host.state.levels, host.device());
    const first = SHOWN.find((name) => levelOf(host.state, name));
    if (!best || !first) return undefined;
    this.#stage.open.hidden = true;
    // The library and the first level come at the same time.
    const entered = loadLibrary(start).then(() => this.#enter(host, model));
    const model: Model = new Model(host.state, host.words, entered);
    const loading = this.load(model, first);
    try {
      await entered;
    } catch {
      model.end();
      await loading;
      this.#stage.again.hidden = true;
      this.#stage.open.hidden = false;
      host.announce(host.words.say("failed"));
      this.#emit("carreau-error", { reason: "network" });
      return undefined;
    }
    await loading;
    if (!this.#shown(model)) return model;
    if (best !== first) void this.load(model, best);
    return model;
  }

  #enter(host: Host, model: Model): void {
    if (this.#isEnded) return;
    this.#stage.models.append(model.viewer);
    model.entered();
    addPins(host, model);
    this.model = model;
  }

  /** Take the poster away when a level is there. */
  #shown(model: Model): boolean {
    if (!model.level || this.#isEnded) return false;
    this.#stage.element.dataset["open"] = "";
    if (!this.host?.isStill && model.state.clips.length && !model.isMoving) model.move(true);
    this.#draw();
    return true;
  }

  #reports(model: Model, name: ShownName): Reports {
    const whole = levelOf(model.state, name)?.bytes ?? 1;
    const words = this.#words as Words;
    return {
      progress: (done) => {
        const text = words.say("loading", { done: words.size(done), whole: words.size(whole) });
        this.#stage.progress(text, words.say("loading_of", { title: plain(model.state.title.text) }), done, whole);
        this.#emit("carreau-progress", { state: model.state.id, level: name, done, whole });
      },
      retried: () => this.host?.announce(words.say("retrying")),
    };
  }

  #draw(): void {
    if (!this.host || !this.#tours || !this.#comparison || !this.#measuring) return;
    this.#bar?.draw(toolsOf(this.host, {
      tours: this.#tours,
      comparison: this.#comparison,
      measuring: this.#measuring,
      toggleMotion: () => this.#toggleMotion(),
      toggleFull: () => void this.#toggleFull(),
      isFull: () => document.fullscreenElement === this.#element || this.#element.classList.contains("filled"),
    }));
  }

  #toggleMotion(): void {
    const { model } = this;
    if (!model) return;
    model.move(!model.isMoving);
    this.#comparison?.other?.move(model.isMoving);
    this.#draw();
    this.#bar?.element.querySelector<HTMLElement>(`[data-tool="${model.isMoving ? "stop" : "move"}"]`)?.focus();
  }

  /** Fill the screen; on phones that let no element do so, the window. */
  async #toggleFull(): Promise<void> {
    const element = this.#element;
    if (document.fullscreenElement === element) await document.exitFullscreen();
    else if (document.fullscreenEnabled) await element.requestFullscreen().catch(() => undefined);
    else element.classList.toggle("filled");
    this.#draw();
  }

  #choose(annotation: Annotation | undefined): void {
    const isNew = annotation !== this.#chosen;
    this.#chosen = annotation;
    if (!annotation) markChosen(this.#root, "");
    else {
      this.#bar?.open("annotations");
      markChosen(this.#root, annotation.id);
      if (this.model) lookAt(this.model, annotation, !!this.host?.isStill);
      const item = this.#root.querySelector<HTMLElement>(`li[data-annotation="${CSS.escape(annotation.id)}"]`);
      item?.focus({ preventScroll: !!this.model });
    }
    if (isNew) this.#emit("carreau-annotation", { annotation: annotation?.id ?? "" });
  }

  #hostOf(site: Site, state: State, words: Words): Host {
    const session = this;
    return {
      element: this.#element, stage: this.#stage.element, site, state, words, origin: ORIGIN, emit: this.#emit,
      get model() {
        return session.model;
      },
      get isStill() {
        return matchMedia("(prefers-reduced-motion: reduce)").matches;
      },
      announce: (text, isSeen) => this.#stage.say(text, isSeen),
      ready: () => this.ready(),
      load: (model, name) => this.load(model, name),
      reports: (model, name) => this.#reports(model, name),
      device: (): Device => deviceOf(this.#stage.element),
      medium: (id) => site.media.find((each) => each.id === id),
      choose: (annotation) => this.#choose(annotation),
      open: (panel) => this.#bar?.open(panel),
      place: () => ({
        state: state.id, look: this.model?.level ? this.model.look : undefined, annotation: this.#chosen?.id,
        tour: this.#tours?.tour?.id, step: this.#tours?.tour ? this.#tours.at + 1 : undefined, other: this.#comparison?.other?.state.id,
      }),
    };
  }
}
