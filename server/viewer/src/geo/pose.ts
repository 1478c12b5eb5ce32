// Which way a model looks on the Earth, and how far off it is.
import type { Pose, State } from "../schema";
import { type Direction, direction } from "./sphere";

// How two models that stand on the Earth lie to each other, in metres.

export type Triple = readonly [number, number, number];

/** From the axes of one model to those of another: turned about up by `turn` (radians), then moved. */
export interface Shift {
  turn: number;
  move: Triple;
  isKnown: boolean;
}

/** WGS 84: half of the great axis in metres, and the square of the eccentricity. */
const AXIS = 6_378_137;
const ECCENTRICITY = 0.00669437999014;
const RADIANS = Math.PI / 180;

/** Return the shift from one state to another; where a place is not known, the middles of their feet are laid together. */
export function shiftBetween(from: State, to: State): Shift {
  if (!from.pose || !to.pose) return { turn: 0, move: minus(foot(to), foot(from)), isKnown: false };
  const turn = yaw(from.pose) - yaw(to.pose);
  return { turn, move: turned(offset(to.pose, from.pose), -yaw(to.pose)), isKnown: true };
}

/** Return a point of the first model in the axes of the second. */
export function shifted(point: Triple, shift: Shift): Triple {
  const [x, y, z] = turned(point, shift.turn);
  return [x + shift.move[0], y + shift.move[1], z + shift.move[2]];
}

/** Return the way back. */
export function reversed(shift: Shift): Shift {
  const [x, y, z] = turned(shift.move, -shift.turn);
  return { turn: -shift.turn, move: [-x, -y, -z], isKnown: shift.isKnown };
}

/** Return where a pose stands seen from another: metres east, up and south, which are the axes of an upright glTF. */
export function offset(from: Pose, to: Pose): Triple {
  const lat = ((from.lat + to.lat) / 2) * RADIANS;
  const bent = 1 - ECCENTRICITY * Math.sin(lat) ** 2;
  const east = (to.lon - from.lon) * RADIANS * (AXIS / Math.sqrt(bent)) * Math.cos(lat);
  const north = (to.lat - from.lat) * RADIANS * ((AXIS * (1 - ECCENTRICITY)) / bent ** 1.5);
  return [east, (to.height_m ?? 0) - (from.height_m ?? 0), -north];
}

/** Return the turn about up of a pose, in radians from east to north. */
function yaw(pose: Pose): number {
  const [x, y, z, w] = pose.quaternion;
  return Math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z));
}

function turned([x, y, z]: Triple, angle: number): Triple {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return [x * cos + z * sin, y, z * cos - x * sin];
}

function foot(state: State): Triple {
  if (!state.bounds_m) return [0, 0, 0];
  const [low, high] = state.bounds_m;
  return [(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2];
}

function minus(a: Triple, b: Triple): Triple {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

const DEGREES = 180 / Math.PI;

/** Whether the place of a state and its north are known. */
export function isOriented(state: State): boolean {
  return state.pose?.yaw_deg !== undefined;
}

/** Turn a vector (east, north, up of the model's own frame) into that of the Earth by the pose's quaternion. */
export function onEarth(pose: Pose, [a, b, c]: Triple, isBack = false): Triple {
  const [x, y, z, w] = isBack ? pose.quaternion.map((part, at) => (at < 3 ? -part : part)) as [number, number, number, number] : pose.quaternion;
  const [p, q, r] = [2 * (y * c - z * b), 2 * (z * a - x * c), 2 * (x * b - y * a)];
  return [a + w * p + y * r - z * q, b + w * q + z * p - x * r, c + w * r + x * q - y * p];
}

/** Return the bearing, in degrees from north by east, of somebody who looks at the front of a model (its glTF +Z). */
export function bearingOf(pose: Pose): number {
  const [east, north] = onEarth(pose, [0, 1, 0]);
  return whole(Math.atan2(east, north) * DEGREES);
}

/** Return by how many degrees a model leans. */
export function leanOf(pose: Pose): number {
  return Math.acos(Math.min(1, onEarth(pose, [0, 0, 1])[2])) * DEGREES;
}

/** Return how far a place is from another, in metres, and in which direction. */
export function wayTo(from: Pick<Pose, "lon" | "lat">, to: Pick<Pose, "lon" | "lat">): { metres: number; bearing: number } {
  const level = { quaternion: [0, 0, 0, 1] as const, yaw_deg: 0 };
  const [east, , south] = offset({ ...from, ...level }, { ...to, ...level });
  return { metres: Math.hypot(east, south), bearing: whole(Math.atan2(east, -south) * DEGREES) };
}

/** Return the name of the nearest of eight points of the compass. */
export function pointOf(bearing: number): Direction {
  return direction(whole(bearing));
}

/** Return the turn from one bearing to another: degrees to the right, from -180 to 180. */
export function turnTo(from: number, to: number): number {
  return whole(to - from + 180) - 180;
}

function whole(degrees: number): number {
  return ((degrees % 360) + 360) % 360;
}
