// The button that starts and stops the watching of the position, with the boxes for a chime on arrival and for a screen that
// stays on meanwhile.
import { Chime } from "./chime";
import type { PlaceWords } from "./place_words";
import { type Fix, type PositionProblem, watchPosition } from "./position";
import { keepScreenOn } from "./wake_lock";

/** What a page does with positions. */
export interface PositionUse {
  /** The visitor has asked; nothing is known yet. */
  onStart(): void;
  onFix(fix: Fix): void;
  onProblem(problem: PositionProblem): void;
  /** Positions have ended: by the visitor, or because the browser refuses them. */
  onEnd(isByVisitor: boolean): void;
}

export class PositionSwitch {
  readonly #button: HTMLButtonElement;
  readonly #screen: HTMLInputElement;
  readonly #chime: Chime;
  readonly #words: PlaceWords;
  readonly #use: PositionUse;
  #isOn = false;
  #endWatch: () => void = () => undefined;

  /** panel : has the button `data-watch`, and the boxes `data-chime` and `data-awake` in their labels */
  constructor(panel: HTMLElement, words: PlaceWords, use: PositionUse) {
    this.#button = panel.querySelector<HTMLButtonElement>("[data-watch]")!;
    this.#screen = panel.querySelector<HTMLInputElement>("[data-awake]")!;
    this.#chime = new Chime(panel.querySelector<HTMLInputElement>("[data-chime]")!);
    this.#words = words;
    this.#use = use;
    this.#button.addEventListener("click", () => (this.#isOn ? this.stop(true) : this.#start()));
    this.#screen.addEventListener("change", () => keepScreenOn(this.#screen.checked));
  }

  /** Tell without words that the visitor has arrived. */
  signal(): void {
    this.#chime.ring();
    navigator.vibrate?.([200, 100, 200]);
  }

  focus(): void {
    this.#button.focus();
  }

  stop(isByVisitor = false): void {
    this.#endWatch();
    this.#endWatch = () => undefined;
    this.#isOn = false;
    this.#render();
    this.#use.onEnd(isByVisitor);
  }

  #start(): void {
    this.#chime.unlock();
    this.#use.onStart();
    this.#isOn = true;
    this.#render();
    this.#endWatch = watchPosition((fix) => this.#use.onFix(fix), (problem) => this.#onProblem(problem));
    this.#screen.checked = false;
  }

  #onProblem(problem: PositionProblem): void {
    this.#use.onProblem(problem);
    if (problem === "refused" || problem === "insecure") this.stop();
  }

  #render(): void {
    this.#button.textContent = this.#words.t(this.#isOn ? "stop_watching" : "watch");
    this.#screen.closest("label")!.hidden = !this.#isOn || !("wakeLock" in navigator);
    if (!this.#isOn) keepScreenOn(false);
  }
}
