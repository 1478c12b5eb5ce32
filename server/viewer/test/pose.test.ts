import { expect, test } from "vitest";
import { alignStates, invertAlignment, offset, transformPoint } from "../src/geo/pose";
import type { Pose, State } from "../src/schema";

const pose = (lon: number, lat: number, height_m: number, yaw = 0): Pose => ({
  lon, lat, height_m, yaw_deg: yaw, quaternion: [0, 0, Math.sin((yaw * Math.PI) / 360), Math.cos((yaw * Math.PI) / 360)],
});
const state = (at?: Pose, bounds?: State["bounds_m"]) => ({ pose: at, bounds_m: bounds }) as State;

test("a degree has its geodetic length", () => {
  // The demonstration: 4.679 m east, 0.568 m south, 0.095 m lower.
  const [east, up, south] = offset(pose(0, 0, 0), pose(0.0000420289, -0.000005135, -0.0946));
  expect(east).toBeCloseTo(4.679, 3);
  expect(up).toBeCloseTo(-0.0946, 6);
  expect(south).toBeCloseTo(0.568, 3);
  // One second of latitude at 50 degrees: 30.896 m.
  expect(offset(pose(3, 50, 0), pose(3, 50 + 1 / 3600, 0))[2]).toBeCloseTo(-30.896, 2);
});

test("a point keeps its location when a model is rotated", () => {
  const shift = alignStates(state(pose(0, 0, 0)), state(pose(0, 0, 0, 90)));
  // East of the first is south in the axes of the second, whose x axis points north.
  const [x, y, z] = transformPoint([1, 2, 0], shift);
  expect([x, y, z].map((each) => Math.round(each * 1e6) / 1e6 || 0)).toEqual([0, 2, 1]);
});

test("transform and inverse cancel out", () => {
  const shift = alignStates(state(pose(3.1, 50.2, 12, 30)), state(pose(3.1002, 50.2001, 14, -45)));
  const back = transformPoint(transformPoint([3, 4, 5], shift), invertAlignment(shift));
  [3, 4, 5].forEach((value, at) => expect(back[at]).toBeCloseTo(value, 9));
});

test("without a location the centres of the bases are aligned", () => {
  const shift = alignStates(state(undefined, [[0, 0, 0], [2, 5, 2]]), state(undefined, [[4, 1, 4], [6, 9, 6]]));
  expect(shift).toEqual({ turn: 0, shift: [4, 1, 4], isLocated: false });
});
