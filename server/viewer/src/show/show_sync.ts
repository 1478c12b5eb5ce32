// Films that follow the sound: four mirrored films and a sound each have a clock of their own, and drift apart.

/** What is needed of a film. */
export type Film = Pick<HTMLMediaElement, "currentTime" | "seeking" | "ended">;

/** So far a film may be off, in seconds: at more, lips and voice no longer seem to be one. */
export const OFF_S = 0.1;
/** How often it is looked at. */
export const LOOK_MS = 200;
/** A film that has jumped is left alone for so long: one that jumps all the time stutters, and never arrives. */
const REST_MS = 1000;
const MOST_AHEAD_S = 1;

export class Follower {
  readonly #film: Film;
  #jumpedAt = -Infinity;
  /** How much a film loses while it jumps, in seconds: it jumps so much further. */
  #ahead = 0;

  constructor(film: Film) {
    this.#film = film;
  }

  /** Let the film jump to where the sound is, in seconds, if it is off; now : in milliseconds */
  follow(seconds: number, now: number): void {
    const film = this.#film;
    const rested = now - this.#jumpedAt;
    if (film.seeking || film.ended || rested < REST_MS) return;
    const late = seconds - film.currentTime;
    if (Math.abs(late) <= OFF_S) return;
    if (rested < 2 * REST_MS) this.#ahead = Math.min(MOST_AHEAD_S, Math.max(0, this.#ahead + late));
    film.currentTime = Math.max(0, seconds + this.#ahead);
    this.#jumpedAt = now;
  }
}
