// Detect the arrival at a stop from inexact positions.
//
// A position counts if its accuracy is 60 m or better: phones reach about 5 m in the open and 10–30 m between houses;
// anything worse comes from a cell tower or a network and would match any stop. A visitor has arrived inside the outline
// of the site, or within 30 m of its point, about the width of a square: the point is the centre of a building, and
// visitors stand in front of it. If the accuracy is worse than 30 m, it is the limit instead, and two positions in a row
// must agree. A visitor has left when certainly farther than 60 m; until then, a fluctuating position announces nothing
// twice.
export const NEAR_M = 30;
export const LEAVE_M = 60;
export const MAX_ACCURACY_M = 60;

/** Return how near to a stop a position must be, by its accuracy; both in metres. */
export type Reach = (accuracy: number) => number;

const reachOfWalks: Reach = (accuracy) => Math.max(NEAR_M, accuracy);

/** Distance of a stop from a position. */
export interface StopDistance {
  stop: number;
  distance: number;
  isWithin: boolean;
}

export class Arrivals {
  readonly #reached = new Set<number>();
  readonly #reach: Reach;
  #candidate: number | undefined;

  constructor(reach: Reach = reachOfWalks) {
    this.#reach = reach;
  }

  /** Process a position; return the stop that was just reached.
   *
   * accuracy : metres, at a confidence of 95 %
   */
  update(accuracy: number, distances: readonly StopDistance[]): number | undefined {
    if (!(accuracy <= MAX_ACCURACY_M)) return undefined;
    for (const { stop, distance, isWithin } of distances) {
      if (!isWithin && distance - accuracy > LEAVE_M) this.#reached.delete(stop);
    }
    const close = distances.filter((each) => each.isWithin || each.distance <= this.#reach(accuracy));
    const nearest = close.sort((one, other) => one.distance - other.distance)[0]?.stop;
    const isSure = accuracy <= NEAR_M || nearest === this.#candidate;
    this.#candidate = nearest;
    if (nearest === undefined || !isSure || this.#reached.has(nearest)) return undefined;
    this.#reached.add(nearest);
    return nearest;
  }

  /** Mark a stop as reached. */
  add(stop: number): void {
    this.#reached.add(stop);
  }
}
