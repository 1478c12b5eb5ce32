// Then and now: the slider at the foot of the stage that blends two states, and the years if there are more.
//
// The second model is fetched when the visitor touches the slider. On a good connection it comes by itself after the
// first one, for the sweep: the slider goes once to the other state and back. There is no sweep with reduced motion or
// saved data, nor after the visitor has touched any viewer of the page.
import { h } from "../dom";
import { hasGoodLine } from "../models/levels";
import type { State } from "../schema";
import { plainText } from "../words";
import { chronological, comparableStates, type Comparison, isNewer } from "./comparison";
import type { PanelHost } from "./panel_host";

/** Way of the sweep, there and back, in milliseconds: what moves by itself for longer needs a button that stops it. */
const WAY_MS = 2200;
const REST_MS = 400;
/** Share of the viewer that must be in the window. */
const IN_VIEW = 0.6;
/** A screen reader only clicks. */
const TOUCHES = ["pointerdown", "keydown", "wheel", "click"] as const;

/** Whether the visitor has touched a viewer, or has seen the sweep. */
let isSweepOver = false;

/** Return the date of a state, else its title without what is in brackets. */
export function whenOf({ date, title }: Pick<State, "date" | "title">): string {
  return date?.text ?? plainText(title.text).replace(/\s*\([^)]*\)$/, "");
}

export class ThenNow {
  readonly element: HTMLElement;
  readonly #host: PanelHost;
  readonly #comparison: Comparison;
  readonly #others: readonly State[];
  readonly #range: HTMLInputElement;
  readonly #ends: readonly HTMLButtonElement[];
  readonly #years: readonly HTMLButtonElement[];
  readonly #stopped = new AbortController();
  #other: State;
  #sweep: AbortController | undefined;
  /** How much of the newer state to show once the second model is here, in per cent. */
  #wanted: number | undefined;

  private constructor(host: PanelHost, comparison: Comparison, others: readonly [State, ...State[]]) {
    this.#host = host;
    this.#comparison = comparison;
    this.#others = others;
    this.#other = others[0];
    this.#range = h("input", { type: "range", min: 0, max: 100, step: 1, "aria-label": host.words.t("compare") });
    this.#range.addEventListener("input", () => this.show(this.#turned(Number(this.#range.value))));
    this.#ends = [0, 100].map((value) => h("button", { type: "button", class: "when", onclick: () => this.show(value) }));
    this.#years = chronological([host.state, ...others]).map((state) =>
      h("button", { type: "button", "data-year": state.id, onclick: () => this.#choose(state) }, whenOf(state)));
    const pill = h("div", { class: "then-now", part: "then-now", role: "group", "aria-label": host.words.t("compare") });
    pill.append(this.#ends[0] as HTMLElement, this.#range, this.#ends[1] as HTMLElement);
    const years = others.length > 1 ? [h("div", { class: "years", role: "group", "aria-label": host.words.t("years") }, ...this.#years)] : [];
    this.element = h("div", { class: "when-bar" }, ...years, pill);
    comparison.onChange = () => this.#update();
    const { signal } = this.#stopped;
    for (const name of TOUCHES) host.element.addEventListener(name, () => this.endSweep(), { signal, capture: true, passive: true });
    this.#update();
  }

  /** Return the control of a host; undefined if there is nothing to compare. */
  static of(host: PanelHost, comparison: Comparison): ThenNow | undefined {
    const [first, ...others] = chronological(comparableStates(host));
    return first && host.state.levels.length ? new ThenNow(host, comparison, [first, ...others]) : undefined;
  }

  /** Show so much of the newer state, in per cent, and the older one for the rest. The other model is loaded if necessary. */
  show(newer: number, other = this.#other): void {
    this.endSweep();
    const comparison = this.#comparison;
    this.#other = other;
    this.#wanted = newer;
    if (comparison.other?.state === other) return this.#set(newer);
    // The model in view stays until the other one is here.
    if (comparison.other) comparison.set("fade", 100);
    this.#update();
    void comparison.start(other, true).then(() => {
      if (this.#other !== other) return;
      if (comparison.other?.state === other && this.#wanted !== undefined) this.#set(this.#wanted);
      this.#wanted = undefined;
      this.#update();
      this.#announce();
    });
  }

  /** Focus the slider and go to the other state. */
  showOther(): void {
    this.#range.focus({ preventScroll: true });
    this.show(this.#isOwnNewer ? 0 : 100);
  }

  /** Sweep once to the other state and back, when the viewer is in view. */
  offerSweep(): void {
    if (isSweepOver || this.#sweep || this.#host.reducedMotion || this.#comparison.isSeen || !hasGoodLine(this.#host.device())) return;
    const sweep = (this.#sweep = new AbortController());
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some((each) => each.isIntersecting)) return;
      observer.disconnect();
      void this.#run(sweep.signal);
    }, { threshold: IN_VIEW });
    observer.observe(this.#host.stage);
    sweep.signal.addEventListener("abort", () => observer.disconnect());
  }

  dispose(): void {
    this.#stopped.abort();
    this.#sweep?.abort();
  }

  get #isOwnNewer(): boolean {
    return isNewer(this.#host.state, this.#other);
  }

  async #run(signal: AbortSignal): Promise<void> {
    await this.#comparison.start(this.#other, true);
    if (signal.aborted || isSweepOver || !this.#comparison.other?.level) return;
    isSweepOver = true;
    const started = performance.now();
    // However few pictures a slow device draws, one of them is of the other state.
    let wasThere = false;
    const step = () => {
      const time = performance.now() - started;
      const back = wasThere && time > WAY_MS + REST_MS ? (time - WAY_MS - REST_MS) / WAY_MS : 0;
      const share = 1 - eased(Math.min(1, time / WAY_MS)) + eased(Math.min(1, back));
      wasThere ||= time >= WAY_MS;
      this.#comparison.set("fade", share * 100);
      if (back < 1) frame = requestAnimationFrame(step);
      else this.#sweep = undefined;
    };
    let frame = requestAnimationFrame(step);
    // One state is whole again before anything else is shown: what the visitor asks for comes after this.
    signal.addEventListener("abort", () => {
      cancelAnimationFrame(frame);
      this.#comparison.set("fade", this.#comparison.share < 50 ? 0 : 100);
    });
  }

  /** End the sweep, and begin none: somebody chooses what is compared. */
  endSweep(): void {
    isSweepOver = true;
    this.#sweep?.abort();
  }

  /** Go to a state of the years: the own one, or another one beside it. */
  #choose(state: State): void {
    const isOwn = state === this.#host.state;
    const other = isOwn ? this.#other : state;
    this.show(isNewer(this.#host.state, other) === isOwn ? 100 : 0, other);
  }

  /** Exchange the share of the newer state and the place of the thumb, which goes with the border: the older one is on its left. */
  #turned(value: number): number {
    return this.#comparison.mode === "slider" ? 100 - value : value;
  }

  #set(newer: number): void {
    this.#wanted = undefined;
    const mode = this.#comparison.mode === "side" ? "fade" : this.#comparison.mode;
    this.#comparison.set(mode, this.#isOwnNewer ? newer : 100 - newer);
  }

  #announce(): void {
    const share = this.#comparison.isSeen ? this.#range.getAttribute("aria-valuetext") : "";
    if (share) this.#host.announce(share, false);
  }

  /** Show what is compared, and how much of each is seen. */
  #update(): void {
    const { words, state } = this.#host;
    const comparison = this.#comparison;
    // Until a state that was chosen is here, the one before it may still be compared.
    if (comparison.other && this.#wanted === undefined) this.#other = comparison.other.state;
    const isOwnNewer = this.#isOwnNewer;
    const pair = isOwnNewer ? [this.#other, state] : [state, this.#other];
    const own = comparison.other ? comparison.share : 100;
    const newer = Math.round(this.#wanted ?? (isOwnNewer ? own : 100 - own));
    const names = pair.map(whenOf);
    pair.forEach((each, at) => {
      const end = this.#ends[at];
      if (!end) return;
      end.textContent = names[at] ?? "";
      end.title = plainText(each.title.text);
      end.setAttribute("aria-pressed", String(newer === at * 100));
    });
    for (const [at, each] of chronological([state, ...this.#others]).entries()) {
      this.#years[at]?.setAttribute("aria-pressed", String(each === pair[newer < 50 ? 0 : 1]));
    }
    const place = this.#turned(newer);
    this.#range.value = String(place);
    this.#range.style.setProperty("--_at", `${place}%`);
    const shares = [1 - newer / 100, newer / 100].map((each, at) => (each ? `${names[at]} ${words.percent(each)}` : ""));
    this.#range.setAttribute("aria-valuetext", shares.filter(Boolean).join(", "));
  }
}

function eased(share: number): number {
  return share * share * (3 - 2 * share);
}
