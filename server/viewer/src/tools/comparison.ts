// Then and now: two states laid on each other by their place, behind a line, through each other, or side by side.
import { h } from "../dom";
import { reversed, type Shift, shiftBetween, shifted } from "../geo/pose";
import { widened } from "../models/camera";
import { finest, levelOf } from "../models/levels";
import { Model } from "../models/model";
import type { State } from "../schema";
import { plain } from "../words";
import type { Guessed } from "./hypothetical";
import type { Host } from "./panel_host";

export type Mode = "slider" | "fade" | "side";
const MODES: readonly Mode[] = ["slider", "fade", "side"];
const STEP = 5;

/** Return the states that can be laid on another one: those with a model. */
export function othersOf(host: Pick<Host, "site" | "state">): readonly State[] {
  return host.site.states.filter((each) => each !== host.state && (levelOf(each, "preview") ?? levelOf(each, "phone")));
}

export class Comparison {
  readonly panel = h("div", { class: "comparison" });
  other: Model | undefined;
  mode: Mode = "slider";
  /** Part of the stage that the first state has, in per cent. */
  share = 50;
  readonly #host: Host;
  readonly #stage: HTMLElement;
  readonly #guessed: Guessed;
  readonly #badge: (state: State | undefined) => void;
  readonly #handle: HTMLElement;
  #shift: Shift = { turn: 0, move: [0, 0, 0], isKnown: false };
  #leader: Model | undefined;
  #ended = new AbortController();

  /** badge : says date and evidence of the second state on the stage */
  constructor(host: Host, stage: HTMLElement, guessed: Guessed, badge: (state: State | undefined) => void) {
    this.#host = host;
    this.#stage = stage;
    this.#guessed = guessed;
    this.#badge = badge;
    this.#handle = this.#line();
    this.#draw();
  }

  /** Lay a state on the first one. */
  async start(state: State): Promise<void> {
    const model = await this.#host.ready();
    if (!model || this.other?.state === state) return;
    this.stop();
    this.#ended = new AbortController();
    const other = new Model(state, this.#host.words);
    // The page may show the same state further down.
    other.viewer.alt = this.#host.words.say("compared", { other: plain(state.title.text) });
    this.other = other;
    this.#shift = shiftBetween(this.#host.state, state);
    this.#stage.append(other.viewer, this.#handle);
    other.entered();
    for (const each of [model, other]) {
      each.widen([this.#host.state, state]);
      this.#follow(each);
    }
    other.viewer.classList.add("other");
    this.#badge(state);
    this.#draw();
    this.#apply();
    this.#leader = model;
    this.#copy(model, other);
    const best = finest(state.levels, this.#host.device(), 2);
    const first = levelOf(state, "preview") ? "preview" : best;
    if (first) await this.#host.load(other, first);
    if (this.other !== other) return;
    this.#copy(model, other);
    const { words } = this.#host;
    if (model.isMoving) other.move(true);
    this.#host.announce(words.say(this.#shift.isKnown ? "compared" : "compared_by_middle", { other: plain(state.title.text) }));
    if (best && best !== first) await this.#host.load(other, best);
  }

  stop(): void {
    if (!this.other) return;
    this.#ended.abort();
    const first = this.#host.model?.viewer;
    if (first) first.inert = false;
    this.other.end();
    this.other = undefined;
    this.#handle.remove();
    this.#badge(undefined);
    delete this.#stage.dataset["compared"];
    const style = this.#host.model?.viewer.style;
    style?.removeProperty("clip-path");
    style?.removeProperty("opacity");
    this.#draw();
    this.#host.emit("carreau-compare", { mode: "off", other: "", share: 0 });
  }

  set(mode: Mode, share = this.share): void {
    this.mode = mode;
    this.share = Math.max(0, Math.min(100, share));
    this.#apply();
  }

  /** Whichever is touched leads, and the other one follows it. */
  #follow(model: Model): void {
    const once = { signal: this.#ended.signal, capture: true };
    for (const name of ["pointerdown", "wheel", "keydown", "focusin"]) {
      model.viewer.addEventListener(name, () => (this.#leader = model), { ...once, passive: true });
    }
    // The library changes the field of what becomes narrower or wider, each model's by its own shape.
    const resized = new ResizeObserver(() => requestAnimationFrame(() => requestAnimationFrame(() => {
      const other = this.#leader && this.#between(this.#leader);
      if (this.#leader && other) this.#copy(this.#leader, other);
    })));
    resized.observe(model.viewer);
    once.signal.addEventListener("abort", () => resized.disconnect());
    model.viewer.addEventListener("camera-change", () => {
      const other = this.#between(model);
      if (this.#leader === model && other) this.#copy(model, other);
    }, once);
  }

  #between(model: Model): Model | undefined {
    return model === this.other ? this.#host.model : this.other;
  }

  #copy(from: Model, to: Model): void {
    const shift = to === this.other ? this.#shift : reversed(this.#shift);
    const look = from.look;
    // Both show as much, however narrow each model is.
    const field = widened(look.field ?? 0, from.widening / to.widening);
    to.lookFrom({ ...look, field, theta: look.theta + shift.turn, target: shifted(look.target, shift) }, true);
  }

  #apply(): void {
    const first = this.#host.model?.viewer.style;
    const second = this.other?.viewer.style;
    if (!first || !second) return;
    this.#stage.dataset["compared"] = this.mode;
    const { share } = this;
    const isSlider = this.mode === "slider";
    const isFade = this.mode === "fade";
    first.clipPath = isSlider ? `inset(0 ${100 - share}% 0 0)` : "";
    second.clipPath = isSlider ? `inset(0 0 0 ${share}%)` : "";
    first.opacity = isFade ? String(Math.min(1, share / 50)) : "";
    second.opacity = isFade ? String((100 - share) / 100) : "";
    // What cannot be seen is not to be reached.
    if (this.#host.model) this.#host.model.viewer.inert = this.mode !== "side" && share === 0;
    if (this.other) this.other.viewer.inert = this.mode !== "side" && share === 100;
    this.#handle.hidden = !isSlider;
    this.#handle.style.left = `${share}%`;
    const value = String(Math.round(share));
    const said = this.#host.words.percent(share / 100);
    this.#handle.setAttribute("aria-valuenow", value);
    this.#handle.setAttribute("aria-valuetext", said);
    const range = this.panel.querySelector("input[type=range]") as HTMLInputElement | null;
    for (const radio of this.panel.querySelectorAll<HTMLInputElement>("input[type=radio]")) radio.checked = radio.value === this.mode;
    if (range) {
      range.value = value;
      range.setAttribute("aria-valuetext", said);
      range.disabled = this.mode === "side";
    }
    this.#host.emit("carreau-compare", { mode: this.mode, other: this.other?.state.id ?? "", share: (100 - share) / 100 });
  }

  #line(): HTMLElement {
    const line = h("div", {
      class: "line", part: "slider", role: "slider", tabindex: "0", "aria-valuemin": "0", "aria-valuemax": "100",
      "aria-orientation": "horizontal", "aria-label": this.#host.words.say("share_of", { title: plain(this.#host.state.title.text) }),
    }, h("span", { class: "grip", "aria-hidden": "true" }));
    line.addEventListener("pointerdown", (event) => {
      line.setPointerCapture(event.pointerId);
      line.focus();
      event.preventDefault();
    });
    line.addEventListener("pointermove", (event) => {
      if (!line.hasPointerCapture(event.pointerId)) return;
      const box = this.#stage.getBoundingClientRect();
      this.set("slider", ((event.clientX - box.left) / box.width) * 100);
    });
    line.addEventListener("keydown", (event) => {
      const to = moved(event.key, this.share);
      if (to === undefined) return;
      event.preventDefault();
      this.set("slider", to);
    });
    return line;
  }

  #draw(): void {
    const { words } = this.#host;
    const { other } = this;
    const starts = othersOf(this.#host).filter((each) => each !== other?.state).map((each) =>
      h("button", { type: "button", "data-state": each.id, onclick: () => void this.start(each) },
        words.say("compare_with", { title: plain(each.title.text), date: each.date?.text ?? words.say("no_date") })));
    if (!other) return this.panel.replaceChildren(h("div", { class: "row" }, ...starts));
    const titles = [this.#host.state, other.state].map((each) => plain(each.title.text)) as [string, string];
    const modes = MODES.map((mode) => {
      const radio = h("input", { type: "radio", name: "mode", value: mode, onchange: () => this.set(mode) });
      radio.checked = mode === this.mode;
      return h("label", { class: "choice" }, radio, words.say(mode));
    });
    const range = h("input", {
      type: "range", min: 0, max: 100, step: 1, value: this.share, "aria-label": words.say("share_of", { title: titles[0] }),
      oninput: (event: Event) => this.set(this.mode, Number((event.target as HTMLInputElement).value)),
    });
    const only = (label: string, share: number) => h("button", { type: "button", onclick: () => this.set(this.mode, share) }, label);
    const known = this.#shift.isKnown ? [] : [h("p", { class: "of" }, words.say("compared_by_middle", { other: titles[1] }))];
    this.panel.replaceChildren(
      h("fieldset", {}, h("legend", {}, words.say("laid", { first: titles[0], other: titles[1] })), ...modes), range,
      h("div", { class: "row" }, only(words.say("only", { title: titles[0] }), 100), only(words.say("half"), 50),
        only(words.say("only", { title: titles[1] }), 0),
        h("button", { type: "button", onclick: () => this.stop() }, words.say("stop_comparing")), ...starts), ...this.#guessed.choices([this.#host.state, other.state]), ...known);
  }
}

/** Return the share that a key moves to, undefined for a key that moves nothing. */
export function moved(key: string, share: number): number | undefined {
  const steps: Record<string, number> = {
    ArrowLeft: share - STEP, ArrowDown: share - STEP, ArrowRight: share + STEP, ArrowUp: share + STEP,
    PageDown: share - 4 * STEP, PageUp: share + 4 * STEP, Home: 0, End: 100,
  };
  return steps[key];
}
