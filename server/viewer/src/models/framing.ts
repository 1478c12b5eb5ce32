// The first view of a model: as near as it can be while all of it stays in view when the model is turned.
import type { Vector3 } from "../geo/pose";
import type { CameraView } from "./camera";

/** Share of the stage that the model fills at most. */
const FILL = 0.92;
/** Directions in which the rim of the model is looked at. */
const RIM = 24;
/** Slices of the model by height, and heights that the camera may look at. */
const [SLICES, TARGETS] = [32, 21];

/** A rim of the model: its distance from the vertical axis, and its height. */
type Ring = readonly [number, number];

/**
 * Return the view of points from a direction, in which they also stay when they are turned about their vertical axis.
 *
 * tangents : of half the horizontal and the vertical field of view
 */
export function fitView(points: readonly Vector3[], { theta, phi }: Pick<CameraView, "theta" | "phi">, tangents: readonly [number, number]): CameraView {
  const [left, right] = endsOf(points, 0);
  const [low, high] = endsOf(points, 1);
  const [back, front] = endsOf(points, 2);
  const [x, z] = [(left + right) / 2, (back + front) / 2];
  const rings = ringsOf(points.map((point) => [Math.hypot(point[0] - x, point[2] - z), point[1]] as const), low, high);
  let best: CameraView | undefined;
  for (let at = 0; at < TARGETS; at += 1) {
    const y = low + ((high - low) * at) / (TARGETS - 1);
    const radius = distanceTo(rings.map(([rim, height]) => [rim, height - y] as const), phi, tangents);
    if (!best || radius < best.radius) best = { theta, phi, radius, target: [x, y, z] };
  }
  return best as CameraView;
}

/** Return the points that the first view is of: those in a box, or all without one, and where none is in it. */
export function subjectOf(points: readonly Vector3[], box?: readonly [Vector3, Vector3]): readonly Vector3[] {
  if (!box) return points;
  const [low, high] = box;
  const within = points.filter((point) => point.every((value, axis) => value >= (low[axis] ?? 0) && value <= (high[axis] ?? 0)));
  return within.length ? within : points;
}

/** Return the lowest and the highest coordinate along an axis. */
function endsOf(points: readonly Vector3[], axis: 0 | 1 | 2): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const point of points) {
    low = Math.min(low, point[axis]);
    high = Math.max(high, point[axis]);
  }
  return [low, high];
}

/** Return the widest rim of each slice, at its lowest and its highest point. */
function ringsOf(points: readonly Ring[], low: number, high: number): Ring[] {
  const slices = Array.from({ length: SLICES }, () => [] as Ring[]);
  for (const point of points) slices[Math.min(SLICES - 1, Math.floor(((point[1] - low) / (high - low || 1)) * SLICES))]?.push(point);
  return slices.filter((each) => each.length).flatMap((each) => {
    const rim = each.reduce((most, [value]) => Math.max(most, value), 0);
    const heights = each.map(([, height]) => height);
    return [heights.reduce((one, other) => Math.min(one, other)), heights.reduce((one, other) => Math.max(one, other))].map((height) => [rim, height] as const);
  });
}

/** Return the distance from which all rings about the target are in view. */
function distanceTo(rings: readonly Ring[], phi: number, [across, up]: readonly [number, number]): number {
  let radius = 0.01;
  for (const [rim, height] of rings) {
    for (let at = 0; at < RIM; at += 1) {
      const angle = (2 * Math.PI * at) / RIM;
      const [right, toward] = [rim * Math.sin(angle), rim * Math.cos(angle)];
      const depth = toward * Math.sin(phi) + height * Math.cos(phi);
      const above = height * Math.sin(phi) - toward * Math.cos(phi);
      radius = Math.max(radius, depth + Math.max(Math.abs(right) / across, Math.abs(above) / up) / FILL);
    }
  }
  return radius;
}
