import { expect, test } from "vitest";
import { compassHeading } from "../src/geo/compass";
import { bearingOf, distanceAndBearing, tiltOf, toEarthAxes, turnBetween } from "../src/geo/pose";
import { compassPoint } from "../src/geo/sphere";
import type { Pose, State } from "../src/schema";
import { hasStandpoint } from "../src/tools/ar_placement";
import { canLight, sunLighting } from "../src/tools/daylight";

const turned = (axis: 0 | 1 | 2, degrees: number): Pose => {
  const half = (degrees * Math.PI) / 360;
  const parts = [0, 0, 0].map((_, at) => (at === axis ? Math.sin(half) : 0)) as [number, number, number];
  return { lon: 3.4, lat: 50.35, quaternion: [...parts, Math.cos(half)], yaw_deg: axis === 2 ? degrees : 0 };
};

test("facing the front is facing north, and the bearing follows the rotation of the model", () => {
  expect(bearingOf(turned(2, 0))).toBeCloseTo(0);
  expect(bearingOf(turned(2, 90))).toBeCloseTo(270);
  expect(bearingOf(turned(2, -47))).toBeCloseTo(47);
  expect(tiltOf(turned(2, 47))).toBeCloseTo(0);
  expect(tiltOf(turned(0, 5))).toBeCloseTo(5);
});

test("a vector is transformed to the Earth and back", () => {
  const pose = turned(2, 90);
  expect(toEarthAxes(pose, [1, 0, 0]).map((part) => Math.round(part * 1e9) / 1e9 + 0)).toEqual([0, 1, 0]);
  expect(toEarthAxes(pose, toEarthAxes(pose, [1, 2, 3]), true).map((part) => Math.round(part))).toEqual([1, 2, 3]);
});

test("compass points and turns", () => {
  expect([0, 22, 23, 47, 180, 337, 338, -90].map(compassPoint)).toEqual(
    ["north", "north", "north_east", "north_east", "south", "north_west", "north", "west"]);
  expect([turnBetween(350, 10), turnBetween(10, 350), turnBetween(0, 180)]).toEqual([20, -20, -180]);
});

test("distance in metres and bearing in degrees", () => {
  const way = distanceAndBearing({ lon: 3.4, lat: 50.35 }, { lon: 3.4, lat: 50.351 });
  expect(way.metres).toBeCloseTo(111.2, 0);
  expect(way.bearing).toBeCloseTo(0);
  expect(distanceAndBearing({ lon: 3.4, lat: 50.35 }, { lon: 3.41, lat: 50.35 }).bearing).toBeCloseTo(90);
});

test("an upright device faces where its back does", () => {
  const heading = (alpha: number, beta: number, gamma = 0) => compassHeading({ absolute: true, alpha, beta, gamma } as DeviceOrientationEvent);
  expect(heading(0, 90)).toBeCloseTo(0);
  expect(heading(90, 90)).toBeCloseTo(270);
  expect(heading(270, 0)).toBeCloseTo(90);
  expect(compassHeading({ absolute: false, alpha: 0, beta: 90, gamma: 0 } as DeviceOrientationEvent)).toBeUndefined();
  expect(compassHeading({ webkitCompassHeading: 47 } as unknown as DeviceOrientationEvent)).toBe(47);
});

const state = (more: object) => ({ kind: { code: "reconstruction" }, levels: [{ extensions: [] }], pose: turned(2, 0), ...more }) as unknown as State;
const { yaw_deg: _, ...nowhere } = turned(2, 0);

test("daylight and standpoint require a known north", () => {
  expect([canLight(state({})), hasStandpoint({ state: state({}) })]).toEqual([true, true]);
  expect([canLight(state({ pose: nowhere })), hasStandpoint({ state: state({ pose: nowhere }) })]).toEqual([false, false]);
  expect(canLight(state({ levels: [{ extensions: ["KHR_materials_unlit"] }] }))).toBe(false);
  expect(hasStandpoint({ state: state({ kind: { code: "scan" } }) })).toBe(false);
  expect(hasStandpoint({ state: state({ kind: { code: "massing" } }) })).toBe(true);
});

test("light comes from the sun, in the axes of the model", () => {
  const east = sunLighting({ azimuth: 90, elevation: 0.001 }, turned(2, 0));
  expect(east.from.map((part) => Math.round(part) + 0)).toEqual([1, 0, 0]);
  const fromSouth = sunLighting({ azimuth: 180, elevation: 30 }, turned(2, 0));
  expect(fromSouth.from[2]).toBeCloseTo(Math.cos(Math.PI / 6));
  // A model rotated by a quarter turn from east to north has the south on its left.
  expect(sunLighting({ azimuth: 180, elevation: 0.001 }, turned(2, 90)).from.map((part) => Math.round(part) + 0)).toEqual([-1, 0, 0]);
  expect(sunLighting({ azimuth: 0, elevation: -3 }, turned(2, 0)).strength).toBe(0);
  expect(east.colour[2]).toBeLessThan(fromSouth.colour[2]);
});
