// A kiosk has nobody to press "reload": look every few seconds whether the show goes on.
import type { Clock } from "./show_clock";

const EVERY_MS = 5000;

export class Watchdog {
  readonly #clock: Clock;
  readonly #isWell: () => boolean;
  readonly #onStall: () => void;
  #timer: number | undefined;

  constructor(clock: Clock, isWell: () => boolean, onStall: () => void) {
    this.#clock = clock;
    this.#isWell = isWell;
    this.#onStall = onStall;
    this.#look();
  }

  dispose(): void {
    if (this.#timer !== undefined) this.#clock.cancel(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    this.#timer = this.#clock.later(() => {
      this.#look();
      if (!this.#isWell()) this.#onStall();
    }, EVERY_MS);
  }
}
