// The screen of a show: its pictures, its controls, and what a screen reader is told.
import { h } from "../dom";
import { loadLibrary } from "../models/model_viewer";
import type { Clock } from "./show_clock";
import { Player } from "./show_player";
import { type Scene, type Script, secondsOf, volumeAt } from "./show_script";
import { Voice } from "./show_sound";
import { LOOK_MS } from "./show_sync";
import { type Shown, shownIn, View } from "./show_view";
import { Watchdog } from "./watchdog";

export type Display = "show" | "pyramid";

export interface StageHost {
  readonly script: Script;
  readonly clock: Clock;
  readonly display: Display;
  /** Language of the page. */
  readonly lang: string;
  readonly isStill: boolean;
  /** Whether nobody may leave for the page: the screen of a museum. */
  readonly isKiosk: boolean;
  /** Called when the visitor leaves. */
  readonly onLeave: () => void;
  /** Called when the show does not go on. */
  readonly onStall: () => void;
}

const FADE_S = 1.4;
const FRAME_MS = 33;
/** One turn of a model. */
const TURN_MS = 30_000;
/** A frame that does not come for so long has stalled. */
const NO_FRAME_MS = 15_000;
const OVERDUE_S = 5;
/** How long the controls stay after a touch. */
const CONTROLS_MS = 6000;

export class Stage {
  readonly element: HTMLDialogElement;
  readonly player: Player;
  readonly #host: StageHost;
  readonly #views: View[];
  readonly #voice: Voice;
  readonly #watchdog: Watchdog;
  readonly #screen: HTMLElement;
  readonly #controls = h("div", { class: "controls" });
  readonly #told = h("div", { class: "unseen", role: "status" });
  readonly #stopped = new AbortController();
  #lang: string;
  /** Share of the height that the controls take from a lamp. */
  #lift = 0;
  #shownStep: number | "invitation" | undefined;
  #frame: number | undefined;
  #drawnAt: number;
  #controlsTimer: number | undefined;
  #filmTimer: number | undefined;
  #lock: WakeLockSentinel | undefined;

  constructor(host: StageHost) {
    const { script, clock, display } = host;
    this.#host = host;
    this.#lang = host.lang;
    this.#views = Array.from({ length: display === "pyramid" ? 4 : 1 }, (_, quarter) => new View(quarter, () => this.#drawOnce()));
    if (script.library) void loadLibrary(script.library).catch(() => undefined); // without it, the words stay
    const pictures = this.#views.map((view) => view.element);
    const shown = display === "pyramid" ? h("div", { class: "four" }, ...pictures.map((each) => h("div", { class: "quarter" }, each))) : pictures[0]!;
    const hidden = h("div", { class: "pictures", "aria-hidden": "true" }, shown);
    this.#screen = h("div", { class: `screen ${display}` }, hidden, this.#told, this.#controls);
    // It has the focus itself, so that no button is on the screen for it.
    this.element = h("dialog", { tabindex: "-1", autofocus: true, closedby: "none", "aria-label": script.name[host.lang]?.text ?? "" }, this.#screen);
    this.#voice = new Voice((said) => this.#views.forEach((view) => view.caption(said)));
    this.player = new Player(script.scenes.map(secondsOf), clock, () => this.#update());
    this.#watchdog = new Watchdog(clock, () => this.#isWell(), host.onStall);
    this.#drawnAt = clock.now();
    this.#listen();
  }

  /** Fill the window and invite. */
  open(): void {
    this.element.showModal();
    document.documentElement.style.overflow = "hidden";
    this.#update();
    void this.#stayAwake();
  }

  async fillScreen(): Promise<void> {
    await this.#screen.requestFullscreen?.().catch(() => undefined);
  }

  dispose(): void {
    this.#stopped.abort();
    this.player.dispose();
    this.#watchdog.dispose();
    this.#voice.stop();
    if (this.#frame !== undefined) this.#host.clock.drop(this.#frame);
    if (this.#controlsTimer !== undefined) this.#host.clock.cancel(this.#controlsTimer);
    if (this.#filmTimer !== undefined) this.#host.clock.cancel(this.#filmTimer);
    for (const view of this.#views) view.dispose();
    void this.#lock?.release().catch(() => undefined);
    if (document.fullscreenElement) void document.exitFullscreen().catch(() => undefined);
    document.documentElement.style.removeProperty("overflow");
    this.element.remove();
  }

  // What is seen and heard.

  get #scene(): Scene | undefined {
    return this.player.step === undefined ? undefined : this.#host.script.scenes[this.player.step];
  }

  #update(): void {
    const step = this.player.step ?? "invitation";
    const isNew = step !== this.#shownStep;
    this.#shownStep = step;
    if (isNew) {
      if (step === "invitation") this.#lang = this.#host.lang;
      this.#showWords();
      const { script, clock } = this.#host;
      const scene = this.#scene;
      this.#voice.play(scene?.voice ?? (scene?.figure?.kind === "video" ? scene.figure : undefined), volumeAt(script, clock.hour()), this.#lang);
      this.#watchFilm();
    } else if (this.player.isPaused) this.#voice.pause();
    else this.#voice.resume();
    for (const view of this.#views) view.play(this.player.step !== undefined && !this.player.isPaused);
    this.#screen.dataset["step"] = String(step);
    this.#screen.toggleAttribute("data-paused", this.player.isPaused);
    this.#renderControls();
    this.#draw();
  }

  /** Look a few times a second whether the films of a scene are where its sound is; in silence, where the first one is. */
  #watchFilm(): void {
    const { clock } = this.#host;
    if (this.#filmTimer !== undefined) clock.cancel(this.#filmTimer);
    this.#filmTimer = undefined;
    if (this.#scene?.figure?.kind !== "video") return;
    this.#filmTimer = clock.later(() => {
      const seconds = this.#voice.seconds ?? this.#views[0]?.seconds;
      if (seconds !== undefined && !this.player.isPaused) for (const view of this.#views) view.follow(seconds, clock.now());
      this.#watchFilm();
    }, LOOK_MS);
  }

  #showWords(): void {
    const { script, isStill } = this.#host;
    const scene = this.#scene;
    const lang = this.#lang;
    const invitation: Shown = { text: script.attract.text[lang], lines: [], lang: "", translation: [], credit: script.name[lang], figure: undefined, model: undefined, is: undefined, seconds: 0 };
    const shown = scene ? shownIn(scene, lang, secondsOf(scene)) : invitation;
    for (const view of this.#views) view.show(shown, isStill, !scene);
    this.#tell(shown);
  }

  /** Say the words of a scene to who cannot see them: first ours, then the lines with what they mean, then whose they are. */
  #tell({ text, lines, lang, translation, credit, figure, is }: Shown): void {
    const said = [text, ...translation, credit, is].filter((each) => each !== undefined);
    const own = lines.length ? [h("p", { lang }, lines.join(" "))] : [];
    const alt = figure?.alt[this.#lang];
    this.#told.lang = this.#lang;
    this.#told.replaceChildren(...(text ? [h("p", { lang: text.lang }, text.text)] : []), ...own,
      ...said.filter((each) => each !== text).map((each) => h("p", { lang: each.lang }, each.text)), ...(alt ? [h("p", { lang: alt.lang }, alt.text)] : []));
  }

  #draw(): void {
    const { clock, isStill } = this.#host;
    if (this.#frame !== undefined) clock.drop(this.#frame);
    this.#frame = undefined;
    if (isStill || this.#isAtRest) return this.#drawOnce();
    this.#frame = clock.frame(() => {
      if (this.#stopped.signal.aborted) return;
      if (clock.now() - this.#drawnAt >= FRAME_MS) this.#drawOnce();
      this.#draw();
    });
  }

  /** Whether nothing moves, so that nothing is drawn: once its light has come, the screen that waits is a still picture. */
  get #isAtRest(): boolean {
    const { player } = this;
    return player.isPaused || (player.step === undefined && player.elapsed >= FADE_S);
  }

  #drawOnce(): void {
    const { clock, script, isStill } = this.#host;
    const scene = this.#scene;
    const { elapsed } = this.player;
    const ends = scene ? secondsOf(scene) : Infinity;
    const brightness = isStill ? 1 : Math.max(0, Math.min(1, elapsed / FADE_S, (ends - elapsed) / FADE_S));
    const [first, ...others] = this.#views;
    // Seconds that grow for days would make the light coarse; it repeats after an hour.
    first?.draw(scene?.light ?? script.attract.light, isStill ? 0 : (clock.now() / 1000) % 3600, brightness, scene ? 0 : this.#lift);
    for (const view of others) view.copy(first!);
    if (scene?.model && !isStill) for (const view of this.#views) view.turn((((elapsed * 1000) % TURN_MS) / TURN_MS) * 2 * Math.PI);
    this.#drawnAt = clock.now();
  }

  #isWell(): boolean {
    const isDrawn = this.#host.isStill || this.#isAtRest || document.hidden || this.#host.clock.now() - this.#drawnAt < NO_FRAME_MS;
    return isDrawn && !this.player.isOverdue(OVERDUE_S);
  }

  async #stayAwake(): Promise<void> {
    if (document.hidden || this.#stopped.signal.aborted) return;
    const lock = await navigator.wakeLock?.request("screen").catch(() => undefined);
    if (this.#stopped.signal.aborted) void lock?.release();
    else this.#lock = lock;
  }

  // What visitors do.

  #listen(): void {
    const { signal } = this.#stopped;
    const { script } = this.#host;
    // A browser closes a dialog at the second Escape whatever it is told.
    this.element.addEventListener("cancel", (event) => event.preventDefault());
    this.element.addEventListener("close", () => signal.aborted || this.element.showModal());
    document.addEventListener("keydown", (event) => this.#press(event), { signal });
    this.#screen.addEventListener("pointermove", () => this.#showControls(), { signal });
    this.#screen.addEventListener("click", (event) => {
      this.#showControls();
      if (event.target instanceof Element && event.target.closest("button")) return;
      if (this.player.step === undefined && script.start.includes("touch")) this.player.start();
    }, { signal });
    document.addEventListener("visibilitychange", () => void this.#stayAwake(), { signal });
    document.addEventListener("fullscreenchange", () => this.#renderControls(), { signal });
  }

  #press(event: KeyboardEvent): void {
    const { script } = this.#host;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const onButton = event.composedPath()[0] instanceof HTMLButtonElement;
    const inviting = this.player.step === undefined;
    const number = /^[1-9]$/.test(event.key) ? Number(event.key) : 0;
    if (number && script.languages[number - 1]) this.#choose(script.languages[number - 1]![0]);
    else if (event.key === script.presence_key && script.start.includes("presence")) {
      // A sensor goes on typing while somebody stands there.
      if (inviting && !event.repeat) this.player.start();
    } else if (event.key === "Escape") this.#escape();
    else if (event.key === "ArrowRight") this.player.move(1);
    else if (event.key === "ArrowLeft") this.player.move(-1);
    else if ((event.key === "Enter" || event.key === " ") && !onButton && (!inviting || script.start.includes("key"))) this.#toggle();
    else return;
    event.preventDefault();
  }

  #toggle(): void {
    if (this.player.step === undefined) this.player.start();
    else if (this.player.isPaused) this.player.resume();
    else this.player.pause();
  }

  #escape(): void {
    if (this.player.step !== undefined) this.player.stop();
    else if (!this.#host.isKiosk) this.#host.onLeave();
  }

  #choose(lang: string): void {
    this.#lang = lang;
    this.#showWords();
    this.#voice.choose(lang);
    if (this.#host.isStill) this.#drawOnce();
    this.#renderControls();
  }

  #showControls(): void {
    const { clock } = this.#host;
    if (this.#controlsTimer !== undefined) clock.cancel(this.#controlsTimer);
    this.#screen.dataset["used"] = "";
    this.#controlsTimer = clock.later(() => delete this.#screen.dataset["used"], CONTROLS_MS);
  }

  #renderControls(): void {
    const { script, isKiosk } = this.#host;
    const words = script.words[this.#lang] ?? {};
    const root = this.element.getRootNode() as Partial<ShadowRoot>;
    const focused = root.activeElement?.getAttribute("data-do");
    const button = (action: string, label: string, run: () => void, values: Record<string, string | boolean | undefined> = {}) =>
      h("button", { type: "button", "data-do": action, onclick: run, ...values }, label);
    const inviting = this.player.step === undefined;
    const languages = script.languages.map(([code, name]) =>
      button(`lang-${code}`, name, () => this.#choose(code), { lang: code, "aria-pressed": String(code === this.#lang), class: "language" }));
    const main = inviting
      ? [button("start", words["start"] ?? "", () => this.player.start(), { class: "main" })]
      : [button("pause", words[this.player.isPaused ? "resume" : "pause"] ?? "", () => this.#toggle()),
        button("stop", words["stop"] ?? "", () => this.player.stop())];
    this.#controls.lang = this.#lang;
    this.#controls.replaceChildren(
      h("div", { class: "row" }, ...main,
        ...(isKiosk || document.fullscreenElement || !document.fullscreenEnabled ? [] : [button("fill", words["fill"] ?? "", () => void this.fillScreen())]),
        ...(isKiosk ? [] : [button("leave", words["leave"] ?? "", () => this.#host.onLeave())])),
      h("div", { class: "row", role: "group", "aria-label": words["languages"] ?? "" }, ...languages));
    if (inviting && this.#host.display === "show") this.#lift = Math.min(0.35, this.#controls.offsetHeight / Math.max(1, this.#screen.offsetHeight));
    if (focused) (this.#controls.querySelector<HTMLElement>(`[data-do="${focused}"]`) ?? this.element).focus();
  }
}
