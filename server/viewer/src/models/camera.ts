// Camera views in the notation of model-viewer: orbit about a target by theta (from +Z towards +X) and phi (from up).
import type { Vector3 } from "../geo/pose";
import type { Annotation, Camera, State } from "../schema";

/** Angles in radians, radius in metres, field of view in degrees. */
export interface CameraView {
  theta: number;
  phi: number;
  radius: number;
  target: Vector3;
  field?: number | undefined;
}

/** Return the view of a camera of the catalogue. */
export function viewOfCamera(camera: Camera): CameraView {
  const [x, y, z] = camera.position.map((value, at) => value - (camera.target[at] ?? 0)) as [number, number, number];
  const radius = Math.hypot(x, y, z) || 1;
  return { theta: Math.atan2(x, z), phi: Math.acos(y / radius), radius, target: camera.target, field: camera.field_deg };
}

/** Return the camera of a view, as the catalogue has it; its field of view is that of the view. */
export function cameraOfView(view: CameraView): Camera {
  const { theta, phi, radius, target, field } = view;
  const [x, y, z] = [Math.sin(phi) * Math.sin(theta), Math.cos(phi), Math.sin(phi) * Math.cos(theta)];
  const position: Vector3 = [target[0] + radius * x, target[1] + radius * y, target[2] + radius * z];
  return { position, target, ...(field === undefined ? {} : { field_deg: field }) };
}

/** Return a view that faces a point of a surface from at most a distance; a level surface is seen from where one is. */
export function facingView(view: CameraView, { point, normal }: Pick<Annotation, "point" | "normal">, farthest: number): CameraView {
  const [x, y, z] = normal;
  const isUpright = Math.hypot(x, z) > 0.2;
  const height = Math.acos(Math.max(-1, Math.min(1, y / (Math.hypot(x, y, z) || 1))));
  return {
    target: point,
    theta: isUpright ? Math.atan2(x, z) : view.theta,
    phi: isUpright ? Math.min(Math.max(height, 0.9), 1.5) : view.phi,
    radius: Math.min(view.radius, farthest),
    field: view.field,
  };
}

export function formatOrbit(view: Pick<CameraView, "theta" | "phi" | "radius">): string {
  return `${short(view.theta)}rad ${short(view.phi)}rad ${short(view.radius)}m`;
}

export function formatTarget(target: Vector3): string {
  return target.map((value) => `${short(value)}m`).join(" ");
}

/** Return the orbit of the poster, in the notation of model-viewer. */
export function initialOrbit(state: State): string {
  const view = state.poster_view;
  return view ? `${view.azimuth_deg}deg ${90 - view.elevation_deg}deg auto` : "auto auto auto";
}

/** Format a view for an address: degrees, then metres. */
export function formatView(view: CameraView): string {
  const degrees = [view.theta, view.phi].map((angle) => (angle * 180) / Math.PI);
  return [...degrees, view.radius, ...view.target, view.field ?? 30].map((value) => String(round(value, 2))).join(",");
}

/** Parse the result of `formatView`; undefined for anything else. */
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

/** Return the field of view, in degrees, that shows a multiple of another. */
export function scaleFieldOfView(field: number, times: number): number {
  return (2 * Math.atan(Math.tan((field * Math.PI) / 360) * times) * 180) / Math.PI;
}
