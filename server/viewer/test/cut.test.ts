import { expect, test } from "vitest";
import { planeOf } from "../src/models/clipping";
import { shareOnScreen } from "../src/tools/slice";
import { valueAfterKey } from "../src/tools/slider_keys";

const IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
/** A quarter turn about the vertical axis, x to -z, then moved by (10, 20, 30). */
const TURNED = [0, 0, -1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 10, 20, 30, 1];

/** Return the signed distance of a point: three.js cuts away what is below 0. */
function distance(plane: ReturnType<typeof planeOf>, point: readonly number[]): number {
  return plane.normal.reduce((sum, value, at) => sum + value * (point[at] ?? 0), plane.constant);
}

test("the lower or the upper half is kept", () => {
  const lower = planeOf({ axis: 1, place: 2, isUpperKept: false }, IDENTITY);
  expect([distance(lower, [5, 1, 5]), distance(lower, [5, 3, 5])]).toEqual([1, -1]);
  const upper = planeOf({ axis: 1, place: 2, isUpperKept: true }, IDENTITY);
  expect([distance(upper, [5, 1, 5]), distance(upper, [5, 3, 5])]).toEqual([-1, 1]);
});

test("the plane goes where the model goes", () => {
  const plane = planeOf({ axis: 0, place: 4, isUpperKept: false }, TURNED);
  // The point (4, 0, 0) of the model is at (10, 20, 26).
  expect(distance(plane, [10, 20, 26])).toBeCloseTo(0);
  expect(distance(plane, [10, 20, 27])).toBeCloseTo(1);
});

test("keys move the plane, and no farther than the model", () => {
  expect(valueAfterKey("ArrowRight", 0.5, 0.02, 1)).toBeCloseTo(0.52);
  expect(valueAfterKey("PageUp", 0.99, 0.02, 1)).toBe(1);
  expect(["Home", "End", "a"].map((key) => valueAfterKey(key, 0.5, 0.02, 1))).toEqual([0, 1, undefined]);
});

test("a finger moves it along its axis on the screen", () => {
  expect(shareOnScreen([150, 90], [100, 100], [200, 100])).toBeCloseTo(0.5);
  expect(shareOnScreen([300, 0], [100, 100], [200, 100])).toBe(1);
  expect(shareOnScreen([100, 100], [100, 100], [110, 100])).toBeUndefined();
});
