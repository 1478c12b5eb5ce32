// Where a camera is, and how model-viewer writes it: turned about a target by theta (from +Z towards +X) and phi (from up).
import type { Vector3 } from "../geo/pose";
import type { Camera, State } from "../schema";

/** Angles in radians, the radius in metres, the field of view in degrees. */
export interface CameraView {
  theta: number;
  phi: number;
  radius: number;
  target: Vector3;
  field?: number | undefined;
}

/** Return the look of a camera that curators wrote. */
export function viewOfCamera(camera: Camera): CameraView {
  const [x, y, z] = camera.position.map((value, at) => value - (camera.target[at] ?? 0)) as [number, number, number];
  const radius = Math.hypot(x, y, z) || 1;
  return { theta: Math.atan2(x, z), phi: Math.acos(y / radius), radius, target: camera.target, field: camera.field_deg };
}

export function formatOrbit(view: Pick<CameraView, "theta" | "phi" | "radius">): string {
  return `${short(view.theta)}rad ${short(view.phi)}rad ${short(view.radius)}m`;
}

export function formatTarget(target: Vector3): string {
  return target.map((value) => `${short(value)}m`).join(" ");
}

/** Return where the poster was taken from, as model-viewer wants it. */
export function initialOrbit(state: State): string {
  const view = state.poster_view;
  return view ? `${view.azimuth_deg}deg ${90 - view.elevation_deg}deg auto` : "auto auto auto";
}

/** Return a look for an address: degrees, then metres. */
export function formatView(view: CameraView): string {
  const degrees = [view.theta, view.phi].map((angle) => (angle * 180) / Math.PI);
  return [...degrees, view.radius, ...view.target, view.field ?? 30].map((value) => String(round(value, 2))).join(",");
}

/** Read what `writeLook` wrote; undefined where it is something else. */
export function parseView(text: string): CameraView | undefined {
  const parts = text.split(",").map((part) => (part.trim() ? Number(part) : NaN));
  if (parts.length !== 7 || !parts.every(Number.isFinite)) return undefined;
  const [azimuth, polar, radius, x, y, z, field] = parts as [number, number, number, number, number, number, number];
  if (radius <= 0 || field <= 0) return undefined;
  return { theta: (azimuth * Math.PI) / 180, phi: (polar * Math.PI) / 180, radius, target: [x, y, z], field };
}

function short(value: number): string {
  return String(round(value, 5));
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits)) || 0;
}

/** Return a field of view in degrees that shows some times as much. */
export function scaleFieldOfView(field: number, times: number): number {
  return (2 * Math.atan(Math.tan((field * Math.PI) / 360) * times) * 180) / Math.PI;
}
