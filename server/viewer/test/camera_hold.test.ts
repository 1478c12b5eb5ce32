import { expect, test } from "vitest";
import type { Vector3 } from "../src/geo/pose";
import type { CameraView } from "../src/models/camera";
import { aboveGround, endOfZoom, hasGround, heightAt, leastHeight } from "../src/models/camera_hold";
import type { State } from "../src/schema";

const RADIANS = Math.PI / 180;
const VIEW: CameraView = { theta: 0.4, phi: 120 * RADIANS, radius: 50, target: [0, 4, 0], field: 30 };

/** A plain at zero, with a slope in the east up to 20 m. */
const SLOPE: Vector3[] = Array.from({ length: 61 * 61 }, (_, at) => [at % 61 - 30, Math.max(0, (at % 61) - 40), Math.floor(at / 61) - 30]);
const ground = (x: number, z: number) => heightAt(SLOPE, x, z, -1);

function camera({ theta, phi, radius, target: [x, y, z] }: CameraView): Vector3 {
  return [x + radius * Math.sin(phi) * Math.sin(theta), y + radius * Math.cos(phi), z + radius * Math.sin(phi) * Math.cos(theta)];
}

test.each([["survey", true], ["massing", true], ["scan", false], ["reconstruction", false]])("%s: stands on ground: %s", (code, expected) => {
  const survey = code === "survey" ? ({ points_per_m2: 20 } as State["survey"]) : undefined;
  expect(hasGround({ kind: { code, text: "" }, ...(survey ? { survey } : {}) })).toBe(expected);
});

test("the camera goes up with the ground, and the target with it", () => {
  for (let theta = 0; theta < 6.3; theta += 0.1) {
    for (const target of [[0, 4, 0], [25, -3, 5]] as Vector3[]) {
      const held = aboveGround({ ...VIEW, theta, radius: 25, target }, ground, 0.5);
      const [x, y, z] = camera(held);
      // On the slope a step aside is a step up.
      expect(y).toBeGreaterThan(ground(x, z) - 12);
      expect(held.target[1]).toBeGreaterThanOrEqual(ground(target[0], target[2]));
    }
  }
  const plain = aboveGround(VIEW, () => 0, 0.5);
  expect(camera(plain)[1]).toBeCloseTo(0.5);
  expect(plain).toMatchObject({ theta: VIEW.theta, radius: VIEW.radius, target: VIEW.target });
});

test("one may look up from the ground, and a view above it stays as it is", () => {
  const up = { ...VIEW, phi: 94 * RADIANS };
  expect(aboveGround(up, () => 0, 0.5)).toBe(up);
});

test.each([[90, 0, 0.2], [90, 12, 0.05], [317, 4, 0.2], [30, 0, 0.0005]])("from %d m, the surface %d m before the target, texels of %d m end three pixels wide", (radius, front, texel) => {
  const least = leastHeight(texel, 600);
  const end = endOfZoom({ radius, field: 30 }, front, least);
  const seen = 2 * (end.radius - front) * Math.tan((end.field * RADIANS) / 2);
  expect(end.radius).toBeLessThanOrEqual(radius);
  expect(end.field).toBeLessThanOrEqual(30);
  expect((texel * 600) / seen).toBeCloseTo(3);
});

test("who is nearer already is not moved away", () => {
  expect(endOfZoom({ radius: 5, field: 30 }, 0, leastHeight(0.2, 600))).toEqual({ radius: 5, field: 30 });
});
