import { expect, test } from "vitest";
import { viewOfCamera } from "../src/models/camera";
import { APART, layOut, roomFor } from "../src/territory/label_layout";
import { covering, projection } from "../src/territory/projection";

const STAGE = { width: 1000, height: 600 };

function label(key: string, x: number, y: number, width = 100) {
  return { key, x, y, width, groupWidths: [width + 30, 60] as const };
}

test("the target is in the middle, and right is right", () => {
  const view = viewOfCamera({ position: [0.1, 0.4, 0.6], target: [0.1, 0, 0] });
  const at = projection(view, 26, STAGE);
  expect(at([0.1, 0, 0])).toEqual({ x: expect.closeTo(500, 6), y: expect.closeTo(300, 6), depth: expect.closeTo(Math.hypot(0.4, 0.6), 6) });
  expect(at([0.2, 0, 0]).x).toBeGreaterThan(500);
  expect(at([0.1, 0.1, 0]).y).toBeLessThan(300);
  expect(at([0.1, 0, -0.1]).y).toBeLessThan(300);
});

test("a point at the edge of the field is at the edge of the stage", () => {
  const at = projection({ theta: 0, phi: Math.PI / 2, radius: 2, target: [0, 0, 0] }, 90, STAGE);
  expect(at([0, 2, 0]).y).toBeCloseTo(0, 6);
});

test("a stage narrower than the picture shows its whole width", () => {
  expect(covering(26, { width: 1800, height: 1000 }, { width: 1800, height: 1000 })).toBeCloseTo(26, 6);
  expect(covering(26, { width: 1800, height: 1000 }, { width: 900, height: 1000 })).toBeGreaterThan(45);
  expect(covering(26, { width: 900, height: 1000 }, { width: 1800, height: 1000 })).toBeCloseTo(26, 6);
});

test("labels with room have their text on the right", () => {
  const placed = layOut([label("a", 200, 200), label("b", 200, 300)], STAGE);
  expect(placed.map(({ key, side, others }) => [key, side, others])).toEqual([["a", "right", []], ["b", "right", []]]);
});

test("at the border, the text is on the other side", () => {
  expect(layOut([label("a", 950, 200)], STAGE)[0]?.side).toBe("left");
});

test("dots that would touch are one, and the first stands for the others", () => {
  const placed = layOut([label("a", 200, 200), label("b", 200 + APART - 1, 200), label("c", 200, 200 + APART + 1)], STAGE);
  expect(placed.map(({ key, others }) => [key, others])).toEqual([["a", ["b"]], ["c", []]]);
});

test("a group whose long text has no room has its short one", () => {
  const wall = [0, 1, 2, 3, 4, 5, 6].map((row) => label(`w${row}`, 300, 110 + 30 * row, 1));
  const placed = layOut([label("a", 200, 200, 900), label("b", 205, 200, 900), ...wall], STAGE);
  expect(placed[0]).toMatchObject({ key: "a", isShort: true, width: 60, side: "right" });
});

test("the text of the first comes before those of groups", () => {
  const group = (key: string) => ({ key, x: 80, y: 136, width: 90, groupWidths: [90, 90] as const });
  const labels = [label("own", 20, 100, 60), group("one"), group("other")];
  // There is no room below the group.
  const sides = (first: string) => layOut(labels, { width: 130, height: 160 }, first).map(({ side }) => side);
  expect([sides("own"), sides("")]).toEqual([["right", "none"], ["none", "above"]]);
});

test("what is outside the stage has no label", () => {
  expect(layOut([label("a", -5, 200), label("b", 200, 700)], STAGE)).toEqual([]);
});

test("texts never lie over each other", () => {
  const many = Array.from({ length: 53 }, (_, at) => label(`p${at}`, 20 + ((at * 173) % 960), 20 + ((at * 311) % 560), 150));
  const boxes = layOut(many, STAGE).filter((each) => each.side !== "none").map(({ x, y, side, width }) => {
    const left = side === "right" ? x + 13 : side === "left" ? x - 13 - width : x - width / 2;
    const top = side === "above" ? y - 37 : side === "below" ? y + 13 : y - 12;
    return { left, top, right: left + width, bottom: top + 24 };
  });
  expect(boxes.length).toBeGreaterThan(10);
  for (const [at, one] of boxes.entries()) {
    for (const other of boxes.slice(at + 1)) {
      expect(one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom).toBe(false);
    }
  }
});

test("names of areas are shown where there is room beside the labels", () => {
  const labels = layOut([label("a", 200, 200)], STAGE);
  const names = [{ key: "under", x: 250, y: 200, width: 80 }, { key: "free", x: 500, y: 400, width: 80 }, { key: "twice", x: 510, y: 402, width: 80 }, { key: "out", x: 990, y: 50, width: 80 }];
  expect([...roomFor(names, labels, STAGE)]).toEqual(["free"]);
});
