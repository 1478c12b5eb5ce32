// Four rotated views on black for a mirror pyramid (Pepper's ghost) in a kiosk. They share one renderer, one file and
// its textures; the library draws each into its own part of the screen.
import { atOrigin } from "../documents";
import { h } from "../dom";
import { environmentMap } from "../models/environment_map";
import { finest, levelOf, SHOWN, type ShownName } from "../models/levels";
import { adoptStyle, type ModelViewer } from "../models/model_viewer";
import { ResumableFetch } from "../models/resumable_fetch";
import { loadSource } from "../models/source";
import type { Medium } from "../schema";
import { audioElement } from "../tools/media";
import type { PanelHost } from "../tools/panel_host";
import { plainText } from "../words";

const QUARTERS = [0, 1, 2, 3];
/** One turn of the turntable, in milliseconds. */
const TURN_MS = 30_000;

/** Return the sound of a state: the requested one, or the one that most of its annotations have. */
export function soundFor(site: PanelHost["site"], state: string, requested: string): Medium | undefined {
  const ids = site.annotations.filter((each) => each.state === state).flatMap((each) => each.media);
  const sounds = site.media.filter((each) => each.kind === "sound");
  const chosen = sounds.find((each) => each.id === requested);
  const count = (medium: Medium) => ids.filter((id) => id === medium.id).length;
  return chosen ?? sounds.filter(count).sort((a, b) => count(b) - count(a))[0];
}

export class Pyramid {
  readonly element: HTMLDialogElement;
  readonly #host: PanelHost;
  readonly #onLeave: () => void;
  readonly #views: ModelViewer[];
  readonly #screen: HTMLElement;
  readonly #message = h("p", { role: "status" });
  readonly #progress = h("progress", { hidden: true });
  readonly #sound: HTMLAudioElement | undefined;
  readonly #stopped = new AbortController();
  readonly #buttons: HTMLElement;
  #isMoving: boolean;
  #angle = 0;
  #lock: WakeLockSentinel | undefined;

  /** onLeave : called once, when the visitor leaves */
  constructor(host: PanelHost, onLeave: () => void) {
    this.#host = host;
    this.#onLeave = onLeave;
    this.#isMoving = !host.reducedMotion;
    const { words, state, element } = host;
    this.#views = QUARTERS.map((quarter) => h("model-viewer" as "div", {
      part: "model", "camera-orbit": `${quarter * 90}deg 84deg auto`, "interaction-prompt": "none", "shadow-intensity": "0", "environment-image": environmentMap(), loading: "eager",
    }) as unknown as ModelViewer);
    const views = this.#views.map((view) => h("div", { class: "quarter" }, view));
    const medium = soundFor(host.site, state.id, element.getAttribute("sound") ?? "");
    this.#sound = medium && audioElement(host, medium, false);
    if (this.#sound) this.#sound.loop = true;
    this.#buttons = h("div", { class: "row" });
    const four = h("div", { class: "four", inert: true }, ...views);
    if (element.getAttribute("screen") === "above") four.classList.add("above");
    this.#screen = h("div", { class: "kiosk" }, four, h("div", { class: "controls" }, this.#message, this.#progress, this.#buttons));
    const label = words.t("four_views", { title: plainText(state.title.text) });
    this.element = h("dialog", { class: "pyramid", part: "pyramid", "aria-label": label }, this.#screen);
    this.element.addEventListener("cancel", (event) => (event.preventDefault(), this.leave()));
    this.#screen.addEventListener("fullscreenchange", () => document.fullscreenElement || this.leave());
    this.#render();
  }

  /** Fill the window; start full screen and sound when the browser allows them. */
  async start(): Promise<void> {
    const { state } = this.#host;
    this.element.showModal();
    // Hide the scroll bars of the page, and keep its scroll position.
    document.documentElement.style.overflow = "hidden";
    for (const view of this.#views) adoptStyle(view.shadowRoot);
    void this.#play();
    const best = finest(state.levels, this.#host.device());
    const levels = new Set([SHOWN.find((name) => levelOf(state, name)), best]);
    for (const name of levels) if (name) await this.#show(name);
  }

  leave(): void {
    if (this.#stopped.signal.aborted) return;
    this.dispose();
    this.#onLeave();
  }

  /** Release all resources. */
  dispose(): void {
    this.#stopped.abort();
    this.#sound?.pause();
    void this.#lock?.release();
    if (document.fullscreenElement) void document.exitFullscreen();
    for (const view of this.#views) {
      view.remove();
      view.src = null;
    }
    this.element.remove();
    document.documentElement.style.removeProperty("overflow");
  }

  async #show(name: ShownName): Promise<void> {
    const { words, state, emit } = this.#host;
    const level = levelOf(state, name);
    const { signal } = this.#stopped;
    if (!level) return;
    const fetching = new ResumableFetch({ url: atOrigin(level.url), bytes: level.bytes, type: level.media_type });
    this.#progress.setAttribute("aria-label", words.t("loading_of", { title: plainText(state.title.text) }));
    try {
      const blob = await fetching.run((done) => {
        this.#progress.hidden = false;
        [this.#progress.max, this.#progress.value] = [level.bytes, done];
        emit("carreau-progress", { state: state.id, level: name, done, whole: level.bytes });
      }, () => (this.#message.textContent = words.t("retrying")), signal);
      const url = URL.createObjectURL(blob);
      await Promise.all(this.#views.map((view) => loadSource(view, url, signal))).finally(() => URL.revokeObjectURL(url));
    } catch {
      if (signal.aborted) return;
      this.#message.textContent = words.t("failed");
      emit("carreau-error", { reason: "network" });
      return;
    } finally {
      this.#progress.hidden = true;
    }
    this.#message.textContent = "";
    this.#host.element.dataset["shown"] = name;
    this.#move(this.#isMoving);
    emit("carreau-load", { state: state.id, level: name, file: name, bytes: level.bytes });
  }

  /** Run turntable and animation in step in all views. */
  #move(isMoving: boolean): void {
    const isChanged = isMoving !== this.#isMoving;
    this.#isMoving = isMoving;
    const clip = this.#host.state.clips[0];
    for (const view of this.#views) {
      if (!clip) continue;
      view.animationName = clip.name;
      if (isMoving) view.play();
      else view.pause();
      view.currentTime = (this.#views[0]?.currentTime ?? 0) % clip.duration_s;
    }
    if (isChanged) this.#render();
    requestAnimationFrame((now) => this.#turn(now, now));
  }

  #frame = 0;
  #turn(before: number, now: number): void {
    cancelAnimationFrame(this.#frame);
    if (!this.#isMoving || this.#stopped.signal.aborted) return;
    this.#angle = (this.#angle + ((now - before) / TURN_MS) * 2 * Math.PI) % (2 * Math.PI);
    for (const view of this.#views) view.resetTurntableRotation(this.#angle);
    this.#frame = requestAnimationFrame((next) => this.#turn(now, next));
  }

  async #play(): Promise<void> {
    await this.#sound?.play().catch(() => undefined);
    this.#render();
  }

  async #enterFullScreen(): Promise<void> {
    if (this.#sound?.paused) void this.#play();
    await this.#screen.requestFullscreen?.().catch(() => undefined);
    // Keep the screen of a kiosk on.
    this.#lock = await navigator.wakeLock?.request("screen").catch(() => undefined);
    this.#render();
  }

  #render(): void {
    const { words } = this.#host;
    const sound = this.#sound;
    const focused = (this.element.getRootNode() as Partial<ShadowRoot>).activeElement?.getAttribute("data-do");
    const press = (action: string, name: string, run: () => void, isOn?: boolean) =>
      h("button", { type: "button", "data-do": action, onclick: run, "aria-pressed": isOn === undefined ? undefined : String(isOn) }, words.t(name));
    const silence = () => (sound?.paused ? void this.#play() : (sound?.pause(), this.#render()));
    this.#buttons.replaceChildren(
      ...(document.fullscreenElement ? [] : [press("fill", sound?.paused ? "full_with_sound" : "full", () => void this.#enterFullScreen())]),
      press("move", this.#isMoving ? "stop" : "move", () => this.#move(!this.#isMoving)),
      ...(sound ? [press("sound", "sound", silence, !sound.paused)] : []),
      press("leave", "leave_pyramid", () => this.leave()));
    if (focused) this.#buttons.querySelector<HTMLElement>(`[data-do="${focused}"]`)?.focus();
  }
}
