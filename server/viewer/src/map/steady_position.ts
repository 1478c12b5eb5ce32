// Where a visitor stands, from a run of inexact positions: for announcements that must be right the first time.
//
// One position of a phone may lie on the other bank of a river, and a bus passes a monument without anybody arriving
// there. So the newest positions are averaged, as few as give an accuracy of 15 m and as many as a minute has: errors
// last some seconds, so that only positions of different moments correct each other. Averages begin anew after a ride or
// a jump, and wait half a minute after it: longer than a bus waits at a stop or at a light, and than a wrong position
// behind a tunnel or between tall walls lasts.
import { distance } from "../geo/sphere";
import type { Fix } from "./position";

/** Accuracy beyond which a position says too little, in metres: it comes from a cell tower or a network. */
const MAX_ACCURACY_M = 60;
const GOOD_ACCURACY_M = 15;
/** How long errors last, about. */
const ERROR_MS = 15_000;
const DWELL_MS = 5_000;
const WINDOW_MS = 60_000;
/** Faster than this is a vehicle: 25 km/h, which few cyclists keep up at a place they have come for. */
const RIDE_MPS = 7;
const SPEED_MS = 10_000;
const AFTER_RIDE_MS = 30_000;
/** So much faster than the receiver says nobody moves: its positions have leapt. */
const MORE_MPS = 2;
/** Receivers say of themselves less than they err: without a move, positions lie as far apart, mostly and at times. */
const NOISE_M = 10;
const LEAP_M = 45;
/** Positions come late by less than this; the clock of a phone that is set back leaps farther. */
const LATE_MS = 10_000;
/** Time between positions around such a leap, about. */
const STEP_MS = 1_000;

export class SteadyPosition {
  #fixes: Fix[] = [];
  #rideEnd = Number.NEGATIVE_INFINITY;
  /** How far the clock was set back, in all. */
  #setBackMs = 0;

  /** Process a position; return the average, or undefined where nobody stands, or nothing is sure yet. */
  update(received: Fix): Fix | undefined {
    const fix = received.accuracy <= MAX_ACCURACY_M ? this.#inOrder(received) : undefined;
    if (!fix) return undefined;
    if (this.#isCarried(fix)) this.#rideEnd = fix.time;
    this.#fixes = [...this.#fixes.filter((each) => each.time > fix.time - WINDOW_MS), fix];
    if (fix.time < this.#rideEnd + AFTER_RIDE_MS) return undefined;
    return average(this.#fixes.filter((each) => each.time > this.#rideEnd));
  }

  /** Return a position with a time after those before, also where the clock was set back; undefined for one that is late. */
  #inOrder(fix: Fix): Fix | undefined {
    const last = this.#fixes.at(-1);
    const time = fix.time + this.#setBackMs;
    if (!last || time > last.time) return { ...fix, time };
    if (last.time - time <= LATE_MS) return undefined;
    this.#setBackMs += last.time + STEP_MS - time;
    return { ...fix, time: last.time + STEP_MS };
  }

  /** Return whether a vehicle carries the visitor, or the position has leapt: neither is an arrival on foot.
   *
   * A receiver may say that somebody walks while its positions leap, and the other way around.
   */
  #isCarried(fix: Fix): boolean {
    const [first, last] = [this.#fixes[0], this.#fixes.at(-1)];
    if ((fix.speed ?? 0) > RIDE_MPS) return true;
    if (!first || !last) return false;
    const limit = fix.speed === undefined ? RIDE_MPS : Math.min(RIDE_MPS, Math.max(fix.speed, last.speed ?? 0) + MORE_MPS);
    if (between(last, fix, Math.max(LEAP_M, 1.5 * (last.accuracy + fix.accuracy))) > limit) return true;
    const from = this.#fixes.findLast((each) => each.time <= fix.time - SPEED_MS) ?? first;
    const isLong = fix.time - from.time >= DWELL_MS;
    return isLong && between(from, fix, Math.max(NOISE_M, (from.accuracy + fix.accuracy) / 4)) > RIDE_MPS;
  }
}

/** Return the speed from one position to another, in metres a second, without a length that may be an error. */
function between(from: Fix, to: Fix, error: number): number {
  return (distance(from, to) - error) / ((to.time - from.time) / 1000);
}

/** Return the average of the newest positions that are enough; undefined for too short a time. */
function average(fixes: readonly Fix[]): Fix | undefined {
  const newest = fixes.at(-1);
  if (!newest) return undefined;
  let [count, weight, lon, lat] = [0, 0, 0, 0];
  for (const each of [...fixes].reverse()) {
    const own = 1 / Math.max(1, each.accuracy) ** 2;
    [count, weight, lon, lat] = [count + 1, weight + own, lon + own * each.lon, lat + own * each.lat];
    const span = newest.time - each.time;
    // The mean of errors of one moment is no better than one of them.
    const moments = Math.min(count, 1 + span / ERROR_MS);
    const accuracy = Math.sqrt(count / weight / moments);
    const isEnough = accuracy <= GOOD_ACCURACY_M || each === fixes[0];
    if (span >= DWELL_MS && isEnough) return { ...newest, lon: lon / weight, lat: lat / weight, accuracy };
  }
  return undefined;
}
