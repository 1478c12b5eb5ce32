// Which way a model looks on the Earth, and how far off it is.
import type { Pose, State } from "./schema";
import { type Direction, direction } from "./map/geo";
import type { Triple } from "./placing";
import { offset } from "./placing";

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
