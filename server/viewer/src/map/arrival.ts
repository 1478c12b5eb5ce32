// Decide when somebody has arrived at a stop, from positions that are never exact.
//
// The rule. A position counts when it is known to 60 m or better; phones in the open know theirs to about 5 m, between
// houses to 10–30 m, and what is worse comes from a mast or a network and would arrive anywhere. Somebody has arrived who
// is within the outline of the site, or no farther from its point than 30 m, about the width of a square: the point is the
// middle of a building, and visitors stand before it. Where the position is known less well than that, as far as it may
// be off, and only when it says so twice. Somebody has left who is certainly farther than 60 m, twice as far: until
// then, a position that wavers announces nothing a second time.
export const NEAR_M = 30;
export const LEAVE_M = 60;
export const MAX_ACCURACY_M = 60;

/** How a stop lies from a position. */
export interface StopDistance {
  stop: number;
  distance: number;
  isWithin: boolean;
}

export class Arrivals {
  readonly #reached = new Set<number>();
  #candidate: number | undefined;

  /** Hear of a position; returns the stop that was just arrived at.
   *
   * accuracy : metres, at a confidence of 95 %
   */
  update(accuracy: number, distances: readonly StopDistance[]): number | undefined {
    if (!(accuracy <= MAX_ACCURACY_M)) return undefined;
    for (const { stop, distance, isWithin } of distances) {
      if (!isWithin && distance - accuracy > LEAVE_M) this.#reached.delete(stop);
    }
    const near = distances.filter((each) => each.isWithin || each.distance <= Math.max(NEAR_M, accuracy));
    const nearest = near.sort((one, other) => one.distance - other.distance)[0]?.stop;
    const isSure = accuracy <= NEAR_M || nearest === this.#candidate;
    this.#candidate = nearest;
    if (nearest === undefined || !isSure || this.#reached.has(nearest)) return undefined;
    this.#reached.add(nearest);
    return nearest;
  }

  /** Take it that somebody is at a stop, who said so. */
  add(stop: number): void {
    this.#reached.add(stop);
  }
}
