// Poses of models on the Earth: alignment of two models, bearing, tilt and distance.
import type { Pose, State } from "../schema";

export type Vector3 = readonly [number, number, number];

/** Transform from the axes of one model to those of another: a rotation about up by `turn` (radians), then a shift in metres. */
export interface Alignment {
  turn: number;
  shift: Vector3;
  isLocated: boolean;
}

/** WGS 84: semi-major axis in metres, and the squared eccentricity. */
const SEMI_MAJOR_AXIS = 6_378_137;
const ECCENTRICITY_SQUARED = 0.00669437999014;
const RADIANS = Math.PI / 180;
const DEGREES = 180 / Math.PI;

/** What is known of the place and the extent of a state. */
type Located = Pick<State, "pose" | "bounds_m">;

/** Return the alignment of two states; if a pose is missing, the centres of their bases are aligned. */
export function alignStates(from: Located, to: Located): Alignment {
  if (!from.pose || !to.pose) return { turn: 0, shift: subtract(footOf(to), footOf(from)), isLocated: false };
  const turn = yawOf(from.pose) - yawOf(to.pose);
  return { turn, shift: rotateAboutUp(offset(to.pose, from.pose), -yawOf(to.pose)), isLocated: true };
}

/** Return a point of the first model in the axes of the second. */
export function transformPoint(point: Vector3, shift: Alignment): Vector3 {
  const [x, y, z] = rotateAboutUp(point, shift.turn);
  return [x + shift.shift[0], y + shift.shift[1], z + shift.shift[2]];
}

/** Return the inverse transform. */
export function invertAlignment(shift: Alignment): Alignment {
  const [x, y, z] = rotateAboutUp(shift.shift, -shift.turn);
  return { turn: -shift.turn, shift: [-x, -y, -z], isLocated: shift.isLocated };
}

/** Return the position of a pose relative to another: metres east, up and south, the axes of an upright glTF. */
export function offset(from: Pose, to: Pose): Vector3 {
  const lat = ((from.lat + to.lat) / 2) * RADIANS;
  const curvature = 1 - ECCENTRICITY_SQUARED * Math.sin(lat) ** 2;
  const east = (to.lon - from.lon) * RADIANS * (SEMI_MAJOR_AXIS / Math.sqrt(curvature)) * Math.cos(lat);
  const north = (to.lat - from.lat) * RADIANS * ((SEMI_MAJOR_AXIS * (1 - ECCENTRICITY_SQUARED)) / curvature ** 1.5);
  return [east, (to.height_m ?? 0) - (from.height_m ?? 0), -north];
}

/** Return a pose that is moved by metres east, up and south, and turned by radians from east to north; it stays upright. */
export function movedPose(pose: Pose, [east, up, south]: Vector3, turn: number): Pose {
  const lat = pose.lat * RADIANS;
  const curvature = 1 - ECCENTRICITY_SQUARED * Math.sin(lat) ** 2;
  const half = (yawOf(pose) + turn) / 2;
  return {
    ...pose,
    lon: pose.lon + (east / ((SEMI_MAJOR_AXIS / Math.sqrt(curvature)) * Math.cos(lat))) * DEGREES,
    lat: pose.lat - (south / ((SEMI_MAJOR_AXIS * (1 - ECCENTRICITY_SQUARED)) / curvature ** 1.5)) * DEGREES,
    height_m: (pose.height_m ?? 0) + up,
    quaternion: [0, 0, Math.sin(half), Math.cos(half)],
    yaw_deg: (2 * half) / RADIANS,
  };
}

/** Return the rotation of a pose about up, in radians from east to north. */
export function yawOf(pose: Pose): number {
  const [x, y, z, w] = pose.quaternion;
  return Math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z));
}

/** Rotate a vector of an upright glTF about up, from east to north. */
export function rotateAboutUp([x, y, z]: Vector3, angle: number): Vector3 {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return [x * cos + z * sin, y, z * cos - x * sin];
}

function footOf(state: Located): Vector3 {
  if (!state.bounds_m) return [0, 0, 0];
  const [low, high] = state.bounds_m;
  return [(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2];
}

function subtract(a: Vector3, b: Vector3): Vector3 {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

/** Return whether a state has a location and a known north. */
export function isOriented(state: State): boolean {
  return state.pose?.yaw_deg !== undefined;
}

/** Rotate a vector (east, north, up of the model's frame) to the Earth's frame by the quaternion of the pose. */
export function toEarthAxes(pose: Pose, [a, b, c]: Vector3, isInverse = false): Vector3 {
  const [x, y, z, w] = isInverse ? pose.quaternion.map((part, at) => (at < 3 ? -part : part)) as [number, number, number, number] : pose.quaternion;
  const [p, q, r] = [2 * (y * c - z * b), 2 * (z * a - x * c), 2 * (x * b - y * a)];
  return [a + w * p + y * r - z * q, b + w * q + z * p - x * r, c + w * r + x * q - y * p];
}

/** Return the bearing, in degrees clockwise from north, of a viewer who faces the front of a model (its glTF +Z). */
export function bearingOf(pose: Pose): number {
  const [east, north] = toEarthAxes(pose, [0, 1, 0]);
  return normalizeDegrees(Math.atan2(east, north) * DEGREES);
}

/** Return the tilt of a model, in degrees. */
export function tiltOf(pose: Pose): number {
  return Math.acos(Math.min(1, toEarthAxes(pose, [0, 0, 1])[2])) * DEGREES;
}

/** Return the distance in metres and the bearing from one location to another. */
export function distanceAndBearing(from: Pick<Pose, "lon" | "lat">, to: Pick<Pose, "lon" | "lat">): { metres: number; bearing: number } {
  const level = { quaternion: [0, 0, 0, 1] as const, yaw_deg: 0 };
  const [east, , south] = offset({ ...from, ...level }, { ...to, ...level });
  return { metres: Math.hypot(east, south), bearing: normalizeDegrees(Math.atan2(east, -south) * DEGREES) };
}

/** Return the turn from one bearing to another: degrees clockwise, from -180 to 180. */
export function turnBetween(from: number, to: number): number {
  return normalizeDegrees(to - from + 180) - 180;
}

function normalizeDegrees(degrees: number): number {
  return ((degrees % 360) + 360) % 360;
}
