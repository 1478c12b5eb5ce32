// Comparison of two states, aligned by their location: behind a slider, faded, or side by side.
import { h } from "../dom";
import { type Alignment, alignStates, invertAlignment, transformPoint } from "../geo/pose";
import { scaleFieldOfView } from "../models/camera";
import { SHOWN, finest, levelOf } from "../models/levels";
import { Model } from "../models/model";
import { DEFAULT_LEVEL, type State } from "../schema";
import { plainText } from "../words";
import { BorderHandle } from "./border_handle";
import type { HypotheticalParts } from "./hypothetical";
import type { PanelHost } from "./panel_host";

export type Mode = "slider" | "fade" | "side";
const MODES: readonly Mode[] = ["slider", "fade", "side"];

/** Return the states that can be compared: those with a model. */
export function comparableStates(host: Pick<PanelHost, "site" | "state">): readonly State[] {
  return host.site.states.filter((each) => each !== host.state && (levelOf(each, SHOWN[0]) ?? levelOf(each, DEFAULT_LEVEL)));
}

/** Return states from the oldest to the newest; those without a date are of today. */
export function chronological(states: readonly State[]): State[] {
  const year = ({ date }: State) => Number(/-?\d{4}/.exec(date?.edtf ?? "")?.[0] ?? Infinity);
  return [...states].sort((one, other) => (year(one) === year(other) ? 0 : year(one) - year(other)));
}

/** Return whether a state is newer than one beside it; of the same date, it is. */
export function isNewer(own: State, other: State): boolean {
  return chronological([other, own])[1] === own;
}

/** A state that stands farther away than this many diagonals of the first one is not in the first view. */
const FAR = 1.5;

export class Comparison {
  readonly panel = h("div", { class: "comparison" });
  other: Model | undefined;
  mode: Mode = "fade";
  /** How much of the first state is seen, in per cent. */
  share = 100;
  /** Called after each change. */
  onChange: () => void = () => undefined;
  readonly #host: PanelHost;
  readonly #stage: HTMLElement;
  readonly #hypothetical: HypotheticalParts;
  readonly #badge: (first: State | undefined, second: State | undefined) => void;
  readonly #handle: BorderHandle;
  #alignment: Alignment = { turn: 0, shift: [0, 0, 0], isLocated: false };
  #leader: Model | undefined;
  #stopped = new AbortController();
  #starting: Promise<void> = Promise.resolve();

  /** badge : say on the stage what is seen on its left and on its right */
  constructor(host: PanelHost, stage: HTMLElement, hypothetical: HypotheticalParts, badge: (first: State | undefined, second: State | undefined) => void) {
    this.#host = host;
    this.#stage = stage;
    this.#hypothetical = hypothetical;
    this.#badge = badge;
    this.#handle = new BorderHandle(stage, (border) => this.#setBorder(border));
    this.#render();
  }

  /** Whether the older state is the first one: it is shown on the left. */
  get isFirstLeft(): boolean {
    return !!this.other && !isNewer(this.#host.state, this.other.state);
  }

  /** Whether anything of the other state is seen. */
  get isSeen(): boolean {
    return !!this.other && (this.mode === "side" || this.share < 100);
  }

  /** The states of which anything is seen: the own one, the other one, or both. */
  get seenStates(): readonly State[] {
    const isOwnSeen = !this.other || this.mode === "side" || this.share > 0;
    return [...(isOwnSeen ? [this.#host.state] : []), ...(this.other && this.isSeen ? [this.other.state] : [])];
  }

  /** The model of which most is seen, if it is not the own one. */
  get otherInView(): Model | undefined {
    return this.isSeen && this.mode !== "side" && this.share < 50 ? this.other : undefined;
  }

  /** Start the comparison with a state; resolves when it is shown. A quiet one says nothing. */
  start(state: State, isQuiet = false): Promise<void> {
    if (this.other?.state !== state) this.#starting = this.#start(state, isQuiet);
    return this.#starting;
  }

  async #start(state: State, isQuiet: boolean): Promise<void> {
    const model = await this.#host.ready();
    if (!model || this.other?.state === state) return;
    this.#removeOther();
    this.#stopped = new AbortController();
    const other = new Model(state, this.#host.words);
    // The page may show the same state elsewhere; the names must differ.
    other.viewer.alt = this.#host.words.t("compared", { other: plainText(state.title.text) });
    this.other = other;
    this.#alignment = alignStates(this.#host.state, state);
    this.#stage.append(other.viewer, this.#handle.element);
    other.onAttached();
    for (const each of [model, other]) {
      this.#follow(each);
    }
    other.viewer.classList.add("other");
    for (const each of [model, other]) each.viewer.classList.toggle("right", (each === other) === this.isFirstLeft);
    this.#render();
    this.#apply();
    this.#leader = model;
    this.#copy(model, other);
    const best = finest(state.levels, this.#host.device(), 2);
    const first = levelOf(state, SHOWN[0]) ? SHOWN[0] : best;
    if (first) await this.#host.load(other, first);
    if (this.other !== other) return;
    this.#frameBoth(model, other);
    this.#copy(model, other);
    const { words } = this.#host;
    if (model.isMoving) other.move(true);
    if (!isQuiet) this.#host.announce(words.t(this.#alignment.isLocated ? "compared" : "compared_by_middle", { other: plainText(state.title.text) }), false);
    if (best && best !== first) await this.#host.load(other, best);
  }

  /** Bring both into the first view, if the camera was not moved. */
  #frameBoth(model: Model, other: Model): void {
    const back = invertAlignment(this.#alignment);
    const points = other.points.map((point) => transformPoint(point, back));
    const [low, high] = model.state.bounds_m ?? [[0, 0, 0], [0, 0, 0]];
    const far = FAR * Math.hypot(high[0] - low[0], high[1] - low[1], high[2] - low[2]);
    const isNear = points.every(([x, , z]) => Math.hypot(x - (low[0] + high[0]) / 2, z - (low[2] + high[2]) / 2) < far);
    if (isNear) model.frameWith(points, this.#host.reducedMotion);
  }

  /** Show the own state alone, from where it was seen before if the camera was not moved. */
  stop(): void {
    if (!this.other) return;
    this.mode = "fade";
    this.#removeOther();
    this.#host.model?.frameWith([], this.#host.reducedMotion);
  }

  #removeOther(): void {
    if (!this.other) return;
    this.#stopped.abort();
    const first = this.#host.model?.viewer;
    if (first) first.inert = false;
    this.#host.model?.holdWith([this.#host.state], []);
    this.other.dispose();
    this.other = undefined;
    this.#handle.element.remove();
    this.share = 100;
    this.#badge(this.#host.state, undefined);
    delete this.#stage.dataset["compared"];
    this.#host.model?.viewer.classList.remove("right");
    const style = this.#host.model?.viewer.style;
    style?.removeProperty("clip-path");
    style?.removeProperty("opacity");
    this.#render();
    this.onChange();
    this.#host.emit("carreau-compare", { mode: "off", other: "", share: 0 });
  }

  /** Start the comparison with a state, and show as much of it as of the first one. */
  async begin(state: State, mode: Mode = "slider", share = 50): Promise<void> {
    const started = this.start(state);
    this.set(mode, share);
    await started;
    this.set(mode, share);
  }

  set(mode: Mode, share = this.share): void {
    this.mode = mode;
    this.share = Math.max(0, Math.min(100, share));
    this.#apply();
  }

  /** Synchronise the cameras: the model that is used leads, the other follows. */
  #follow(model: Model): void {
    const options = { signal: this.#stopped.signal, capture: true };
    for (const name of ["pointerdown", "wheel", "keydown", "focusin"]) {
      model.viewer.addEventListener(name, () => (this.#leader = model), { ...options, passive: true });
    }
    // On resize, and with another level, the library changes the field of view of each model by its own shape.
    const align = () => requestAnimationFrame(() => requestAnimationFrame(() => {
      const other = this.#leader && this.#otherOf(this.#leader);
      if (this.#leader && other) this.#copy(this.#leader, other);
    }));
    const resizes = new ResizeObserver(align);
    resizes.observe(model.viewer);
    model.viewer.addEventListener("load", align, options);
    options.signal.addEventListener("abort", () => resizes.disconnect());
    model.viewer.addEventListener("camera-change", () => {
      const other = this.#otherOf(model);
      if (this.#leader === model && other) this.#copy(model, other);
    }, options);
  }

  #otherOf(model: Model): Model | undefined {
    return model === this.other ? this.#host.model : this.other;
  }

  #copy(from: Model, to: Model): void {
    const alignment = to === this.other ? this.#alignment : invertAlignment(this.#alignment);
    const view = from.view;
    // Both show the same extent, whatever their aspect ratios.
    const field = scaleFieldOfView(view.field ?? 0, from.viewScale / to.viewScale);
    to.follow({ ...view, field, theta: view.theta + alignment.turn, target: transformPoint(view.target, alignment) });
  }

  #apply(): void {
    const { model } = this.#host;
    const { other } = this;
    if (!model || !other) return;
    this.#stage.dataset["compared"] = this.mode;
    this.#applyToModels(model, other);
    this.#applyToHandle(other);
    this.#applyToPanel();
    this.onChange();
    this.#host.emit("carreau-compare", { mode: this.mode, other: other.state.id, share: (100 - this.share) / 100 });
  }

  #applyToModels(model: Model, other: Model): void {
    const border = this.#border;
    const [isSlider, isFade] = [this.mode === "slider", this.mode === "fade"];
    const [left, right] = this.isFirstLeft ? [model, other] : [other, model];
    left.viewer.style.clipPath = isSlider ? `inset(0 ${100 - border}% 0 0)` : "";
    right.viewer.style.clipPath = isSlider ? `inset(0 0 0 ${border}%)` : "";
    for (const [each, share] of [[model, this.share], [other, 100 - this.share]] as const) {
      each.viewer.style.opacity = isFade ? String(Math.min(1, share / 50)) : "";
      // An invisible model must not get the focus.
      each.viewer.inert = this.mode !== "side" && share === 0;
    }
    const states = [model.state, other.state];
    const seen = [model, other].filter(({ state }) => this.seenStates.includes(state));
    for (const each of [model, other]) each.holdWith(states, seen);
    if (isFade) this.#badge((this.share >= 50 ? model : other).state, undefined);
    else this.#badge(left.state, right.state);
  }

  #applyToHandle(other: Model): void {
    const { words, state } = this.#host;
    const title = plainText((this.isFirstLeft ? state : other.state).title.text);
    this.#handle.element.hidden = this.mode !== "slider";
    this.#handle.show(this.#border, words.t("share_of", { title }), words.percent(this.#border / 100));
  }

  #applyToPanel(): void {
    for (const radio of this.panel.querySelectorAll<HTMLInputElement>("input[type=radio]")) radio.checked = radio.value === this.mode;
    const range = this.panel.querySelector<HTMLInputElement>("input[type=range]");
    if (!range) return;
    range.value = String(Math.round(this.share));
    range.setAttribute("aria-valuetext", this.#host.words.percent(this.share / 100));
    range.disabled = this.mode === "side";
  }

  /** Place of the border of both states, in per cent from the left. */
  get #border(): number {
    return this.isFirstLeft ? this.share : 100 - this.share;
  }

  #setBorder(border: number): void {
    this.set("slider", this.isFirstLeft ? border : 100 - border);
  }

  #render(): void {
    const hadFocus = this.panel.matches(":focus-within");
    this.panel.replaceChildren(...this.#content());
    if (hadFocus) this.panel.querySelector<HTMLElement>("input:checked, button")?.focus();
  }

  #content(): HTMLElement[] {
    const { words } = this.#host;
    const { other } = this;
    const starts = comparableStates(this.#host).filter((each) => each !== other?.state).map((each) =>
      h("button", { type: "button", "data-state": each.id, onclick: () => void this.begin(each) },
        words.t("compare_with", { title: plainText(each.title.text) })));
    if (!other) return [h("div", { class: "row" }, ...starts)];
    const titles = [this.#host.state, other.state].map((each) => plainText(each.title.text)) as [string, string];
    const modes = MODES.map((mode) => {
      const radio = h("input", { type: "radio", name: "mode", value: mode, onchange: () => this.set(mode) });
      radio.checked = mode === this.mode;
      return h("label", { class: "choice" }, radio, words.t(mode));
    });
    const range = h("input", {
      type: "range", min: 0, max: 100, step: 1, value: this.share, "aria-label": words.t("share_of", { title: titles[0] }),
      oninput: (event: Event) => this.set(this.mode, Number((event.target as HTMLInputElement).value)),
    });
    const only = (label: string, share: number) => h("button", { type: "button", onclick: () => this.set(this.mode, share) }, label);
    const notes = this.#alignment.isLocated ? [] : [h("p", { class: "of" }, words.t("compared_by_middle", { other: titles[1] }))];
    const stop = h("button", { type: "button", "data-do": "stop", onclick: () => this.stop() }, words.t("stop_comparing"));
    return [
      h("fieldset", {}, h("legend", {}, words.t("laid", { first: titles[0], other: titles[1] })), ...modes), range,
      h("div", { class: "row" }, only(words.t("only", { title: titles[0] }), 100), only(words.t("half"), 50),
        only(words.t("only", { title: titles[1] }), 0), stop, ...starts),
      ...this.#hypothetical.choices([this.#host.state, other.state]), ...notes,
    ];
  }
}
