// The steps of a map in their order, one of which is shown, and the clock that goes on to the next one.
export interface Timer {
  start(then: () => void, ms: number): number;
  stop(id: number): void;
}

export const browserTimer: Timer = {
  start: (then, ms) => window.setTimeout(then, ms),
  stop: (id) => window.clearTimeout(id),
};

const LEAST_MS = 5000;
/** So many are read out, or read by somebody who looks at the map too. */
const WORDS_A_SECOND = 2.5;
/** To see what moves, before anything is read. */
const LOOK_MS = 2000;

/** Return how long a step stays while the map plays, in milliseconds: until its words are read. */
export function dwellMs(words: string): number {
  const count = words.match(/[\p{L}\p{N}]+(?:['’.,:-][\p{L}\p{N}]+)*/gu)?.length ?? 0;
  return Math.max(LEAST_MS, LOOK_MS + Math.ceil((count * 1000) / WORDS_A_SECOND));
}

export class Sequence {
  readonly count: number;
  readonly #dwell: (index: number) => number;
  readonly #timer: Timer;
  readonly #onChange: (index: number, isPlaying: boolean) => void;
  #index = 0;
  #waiting: number | undefined;

  /** `dwell` says how long a step stays, in milliseconds; `onChange` is told of every other step, and of every start and stop. */
  constructor(
    count: number, dwell: (index: number) => number, onChange: (index: number, isPlaying: boolean) => void, timer: Timer = browserTimer,
  ) {
    this.count = count;
    this.#dwell = dwell;
    this.#onChange = onChange;
    this.#timer = timer;
  }

  get index(): number {
    return this.#index;
  }

  get isPlaying(): boolean {
    return this.#waiting !== undefined;
  }

  /** Show a step, the nearest one there is; the map goes on playing from it if it plays. */
  show(index: number): void {
    const next = Math.min(Math.max(index, 0), this.count - 1);
    if (next === this.#index) return;
    this.#index = next;
    if (this.isPlaying) this.#wait();
    this.#onChange(this.#index, this.isPlaying);
  }

  /** Play from this step on, or from the first one at the end. */
  play(): void {
    if (this.#index === this.count - 1) this.#index = 0;
    this.#wait();
    this.#onChange(this.#index, true);
  }

  pause(): void {
    if (!this.isPlaying) return;
    this.#stop();
    this.#onChange(this.#index, false);
  }

  #wait(): void {
    this.#stop();
    if (this.#index < this.count - 1) this.#waiting = this.#timer.start(() => this.show(this.#index + 1), this.#dwell(this.#index));
  }

  #stop(): void {
    if (this.#waiting !== undefined) this.#timer.stop(this.#waiting);
    this.#waiting = undefined;
  }
}
