import { expect, test } from "vitest";
import type { Vector3 } from "../src/geo/pose";
import { fitView, subjectOf } from "../src/models/framing";
import { projection } from "../src/territory/projection";

const FIELD = 30;
const TOWER = [[-5, 0, -5], [5, 40, 5]] as const;
const TERRACE = [[-30, 0, -4], [30, 8, 4]] as const;
const STAGES = [{ width: 960, height: 640 }, { width: 360, height: 470 }, { width: 800, height: 200 }];

function cornersOf([low, high]: readonly [Vector3, Vector3]): Vector3[] {
  return [low, high].flatMap(([x]) => [low, high].flatMap(([, y]) => [low, high].map(([, , z]): Vector3 => [x, y, z])));
}

/** Tangents of half the field of view of a stage that is widened to show what a square shows. */
function tangents({ width, height }: { width: number; height: number }): [number, number] {
  const up = Math.tan((FIELD * Math.PI) / 360) * Math.max(1, height / width);
  return [(up * width) / height, up];
}

test.each([TOWER, TERRACE].flatMap((bounds) => STAGES.map((stage) => [bounds, stage] as const)))("%j is whole on %j from every side", (bounds, stage) => {
  const points = cornersOf(bounds as readonly [Vector3, Vector3]);
  const [across, up] = tangents(stage);
  const view = fitView(points, { theta: 0.6, phi: 1.3 }, [across, up]);
  const field = (Math.atan(up) * 360) / Math.PI;
  let most = 0;
  for (let theta = 0; theta < 6.3; theta += 0.1) {
    for (const point of points) {
      const { x, y } = projection({ ...view, theta }, field, stage)(point);
      most = Math.max(most, Math.abs(x / stage.width - 0.5) * 2, Math.abs(y / stage.height - 0.5) * 2);
    }
  }
  expect(most).toBeLessThanOrEqual(1);
  expect(most).toBeGreaterThan(0.88);
  expect([view.target[0], view.target[2]]).toEqual([0, 0]);
});

test("a tower on a plate is seen nearer than a box around both", () => {
  const plate = cornersOf([[-30, 0, -20], [30, 0.5, 20]]);
  const box = cornersOf([[-30, 0, -20], [30, 40, 20]]);
  const from = { theta: 0, phi: 1.3 };
  const far = fitView(box, from, [0.4, 0.27]).radius;
  expect(fitView([...plate, ...cornersOf([[-3, 0, -3], [3, 40, 3]])], from, [0.4, 0.27]).radius).toBeLessThan(far);
});

test("the first view is of the points in the subject's box, and of all where none is in it", () => {
  const points: Vector3[] = [[0, 0, 0], [5, 2, 5], [80, 0, 80]];
  expect(subjectOf(points)).toEqual(points);
  expect(subjectOf(points, [[-1, -1, -1], [6, 6, 6]])).toEqual(points.slice(0, 2));
  expect(subjectOf(points, [[10, 0, 10], [20, 1, 20]])).toEqual(points);
});
