// What a show does when: invites, plays its scenes one after the other, and invites again. It draws nothing.
import type { Clock } from "./show_clock";

/** Number of the scene, or undefined while the screen invites. */
export type Step = number | undefined;

/** Time after which a paused show that nobody resumes goes back to inviting. */
const ABANDONED_MS = 60_000;

export class Player {
  readonly #seconds: readonly number[];
  readonly #clock: Clock;
  readonly #onChange: () => void;
  #step: Step;
  #isPaused = false;
  #timer: number | undefined;
  /** When the step began, as if it had not been paused. */
  #began: number;
  #pausedAt = 0;

  /**
   * seconds : of each scene
   * onChange : called when another step begins, and when it is paused or resumed
   */
  constructor(seconds: readonly number[], clock: Clock, onChange: () => void) {
    this.#seconds = seconds;
    this.#clock = clock;
    this.#onChange = onChange;
    this.#began = clock.now();
  }

  get step(): Step {
    return this.#step;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Seconds since the step began, without pauses. */
  get elapsed(): number {
    return ((this.#isPaused ? this.#pausedAt : this.#clock.now()) - this.#began) / 1000;
  }

  /** Whether a scene should have ended some seconds ago. */
  isOverdue(seconds: number): boolean {
    return this.#step !== undefined && !this.#isPaused && this.elapsed > (this.#seconds[this.#step] ?? 0) + seconds;
  }

  start(): void {
    this.#go(this.#seconds.length ? 0 : undefined);
  }

  /** Invite again. */
  stop(): void {
    this.#go(undefined);
  }

  /** Go some scenes on or back; after the last one the screen invites. */
  move(by: number): void {
    if (this.#step === undefined) return;
    const step = Math.max(0, this.#step + by);
    this.#go(step < this.#seconds.length ? step : undefined);
  }

  pause(): void {
    if (this.#step === undefined || this.#isPaused) return;
    this.#pausedAt = this.#clock.now();
    this.#isPaused = true;
    this.#wait(ABANDONED_MS, () => this.stop());
    this.#onChange();
  }

  resume(): void {
    if (this.#step === undefined || !this.#isPaused) return;
    this.#began += this.#clock.now() - this.#pausedAt;
    this.#isPaused = false;
    this.#wait((this.#seconds[this.#step] ?? 0) * 1000 - this.elapsed * 1000, () => this.move(1));
    this.#onChange();
  }

  dispose(): void {
    if (this.#timer !== undefined) this.#clock.cancel(this.#timer);
    this.#timer = undefined;
  }

  #go(step: Step): void {
    this.dispose();
    this.#step = step;
    this.#isPaused = false;
    this.#began = this.#clock.now();
    if (step !== undefined) this.#wait((this.#seconds[step] ?? 0) * 1000, () => this.move(1));
    this.#onChange();
  }

  #wait(milliseconds: number, run: () => void): void {
    this.dispose();
    this.#timer = this.#clock.later(run, Math.max(0, milliseconds));
  }
}
