// Where points of a model are on the stage.
import type { Vector3 } from "../geo/pose";
import { type CameraView, scaleFieldOfView } from "../models/camera";

export interface StagePoint {
  x: number;
  y: number;
  /** Distance along the line of sight; negative behind the camera. */
  depth: number;
}

export interface StageSize {
  width: number;
  height: number;
}

/** Return a function from points to pixels of a stage. The field of view is vertical, as drawn. */
export function projection(view: CameraView, fieldDeg: number, { width, height }: StageSize): (point: Vector3) => StagePoint {
  const { theta, phi, radius, target } = view;
  const back: Vector3 = [Math.sin(phi) * Math.sin(theta), Math.cos(phi), Math.sin(phi) * Math.cos(theta)];
  const right: Vector3 = [Math.cos(theta), 0, -Math.sin(theta)];
  const up: Vector3 = [
    back[1] * right[2] - back[2] * right[1], back[2] * right[0] - back[0] * right[2], back[0] * right[1] - back[1] * right[0],
  ];
  const scale = height / 2 / Math.tan((fieldDeg * Math.PI) / 360);
  return (point) => {
    const from = point.map((value, at) => value - (target[at] as number) - radius * (back[at] as number)) as unknown as Vector3;
    const depth = -dot(from, back);
    return { x: width / 2 + (scale * dot(from, right)) / depth, y: height / 2 - (scale * dot(from, up)) / depth, depth };
  };
}

function dot(a: Vector3, b: Vector3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/** Return the field of view that shows at least what a picture of another shape shows. */
export function covering(fieldDeg: number, picture: StageSize, stage: StageSize): number {
  return scaleFieldOfView(fieldDeg, Math.max(1, (picture.width * stage.height) / (picture.height * stage.width)));
}
