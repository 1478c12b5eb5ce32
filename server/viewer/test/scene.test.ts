import { expect, test } from "vitest";
import { poseFields, poseOfFields, standingOn, yawOfNorth } from "../src/desk/fit_editor";
import { decimals, directionText, metresText, parseNumber, parseTriple } from "../src/desk/rounding";
import { freeId, renumbered, type SceneState, valueOf, withMovedRow, withoutRow, withRow, withValues } from "../src/desk/scene_state";
import { cameraFields, viewOfStep } from "../src/desk/tour_editor";
import { sideFields } from "../src/desk/view_editor";
import { Undo } from "../src/desk/undo";
import { alignStates, movedPose, offset, transformPoint, type Vector3 } from "../src/geo/pose";
import { cameraOfView, facingView, viewOfCamera } from "../src/models/camera";

const state: SceneState = {
  values: {
    "annotation.0.id": "a", "annotation.0.title": "A", "annotation.1.id": "b", "annotation.1.title": "B",
    "tour.0.id": "t", "tour.0.step.0.text": "eins", "tour.0.step.1.text": "zwei",
  },
  orders: { annotation: ["0", "1"], tour: ["0"], "tour.0.step": ["0", "1"] },
};

test("a row is added under a name that none has had", () => {
  const [one, first] = withRow(state, "annotation", { id: "c" });
  const [two, second] = withRow(one, "annotation", { id: "d" });
  expect([first, second]).toEqual(["n0", "n1"]);
  expect(two.orders["annotation"]).toEqual(["0", "1", "n0", "n1"]);
  expect(valueOf(two, "annotation.n1.id")).toBe("d");
  expect(state.orders["annotation"]).toEqual(["0", "1"]);
});

test("a row is removed with the rows in it", () => {
  const without = withoutRow(state, "tour", "0");
  expect(without.orders).toEqual({ annotation: ["0", "1"], tour: [] });
  expect(Object.keys(without.values).filter((name) => name.startsWith("tour"))).toEqual([]);
});

test("a row moves among those that are shown", () => {
  const [three] = withRow(state, "annotation", { id: "c" });
  expect(withMovedRow(three, "annotation", "n0", -1, ["0", "n0"]).orders["annotation"]).toEqual(["n0", "1", "0"]);
  expect(withMovedRow(three, "annotation", "0", -1)).toBe(three);
});

test("undo leads back over a save: what it removed would be added again", () => {
  const undo = new Undo(state);
  undo.push(withoutRow(undo.now, "annotation", "0"));
  const [added] = withRow(undo.now, "tour.0.step", { text: "drei" });
  undo.push(added);
  // Saved, the rows have the numbers of their places.
  const sent = undo.now;
  const saved = renumbered(sent, sent);
  expect(saved.orders).toEqual({ annotation: ["0"], tour: ["0"], "tour.0.step": ["0", "1", "2"] });
  expect(valueOf(saved, "annotation.0.id")).toBe("b");
  undo.rebase(saved, (each) => renumbered(each, sent));
  undo.undo();
  expect(undo.now.orders["tour.0.step"]).toEqual(["0", "1"]);
  undo.undo();
  expect(undo.now.orders["annotation"]).toEqual(["n5000", "0"]);
  expect(valueOf(undo.now, "annotation.n5000.title")).toBe("A");
  undo.redo();
  undo.redo();
  expect(undo.canRedo).toBe(false);
  expect(undo.now).toBe(saved);
});

test("a tour that is restored after a save has its steps", () => {
  const sent = withoutRow(state, "tour", "0");
  const before = renumbered(state, sent);
  expect(before.orders["tour"]).toEqual(["n5000"]);
  const [first, second] = before.orders["tour.n5000.step"] ?? [];
  expect([first, second].map((row) => valueOf(before, `tour.n5000.step.${row}.text`))).toEqual(["eins", "zwei"]);
});

test("an edit after undo forgets what was undone", () => {
  const undo = new Undo(state);
  undo.push(withValues(state, { "annotation.0.title": "X" }));
  undo.undo();
  undo.push(withValues(undo.now, { "annotation.0.title": "Y" }));
  expect([undo.canRedo, undo.canUndo, undo.redo()]).toEqual([false, true, false]);
});

test("names for links are made from titles", () => {
  expect(freeId("L’Œuvre : à côté !", [], "x")).toBe("l-oeuvre-a-cote");
  expect(freeId("Porte", ["porte", "porte-2"], "x")).toBe("porte-3");
  expect(freeId("…", [], "annotation-1")).toBe("annotation-1");
});

test("numbers are kept to a tenth of a millimetre and of a degree", () => {
  expect(metresText([-18.430049, 10.28996, -0.00001])).toBe("-18.43 10.29 0");
  expect(parseTriple("-18,43 10.29  0")).toEqual([-18.43, 10.29, 0]);
  expect([parseTriple("1 2"), parseTriple("1 2 drei"), parseNumber("1e"), parseNumber("")]).toEqual([undefined, undefined, undefined, undefined]);
  // Small numbers are read as Python writes them, and written without an exponent.
  expect([parseNumber("4.20289e-05"), decimals(0.0000005, 9), decimals(-1e-12, 9), decimals(120, 0)]).toEqual([0.0000420289, "0.0000005", "0", "120"]);
  const direction: Vector3 = [0.577, -0.211, 0.789];
  const kept = parseTriple(directionText(direction)) as Vector3;
  const [length, other] = [Math.hypot(...direction), Math.hypot(...kept)];
  const angle = Math.acos(direction.reduce((sum, value, at) => sum + value * (kept[at] ?? 0), 0) / length / other);
  expect((angle * 180) / Math.PI).toBeLessThan(0.1);
});

test("the camera of a step shows the view that it was taken from", () => {
  const view = { theta: -0.7, phi: 1.2, radius: 41.5, target: [-9.08, 31.09, -3.57], field: 40 } as const;
  const back = viewOfCamera(cameraOfView(view));
  expect([back.theta, back.phi, back.radius, back.field]).toEqual([-0.7, 1.2, 41.5, 40].map((value) => expect.closeTo(value, 9)));
  const fields = cameraFields(view);
  const values = Object.fromEntries(Object.entries(fields).map(([key, value]) => [`tour.0.step.0.camera.${key}`, value]));
  const shown = viewOfStep({ values, orders: {} }, "tour.0.step.0", view, 1);
  expect(shown?.radius).toBeCloseTo(41.5, 3);
  expect(shown?.theta).toBeCloseTo(-0.7, 4);
  expect(shown?.field).toBe(40);
});

test("the side of the poster is that of the view, whichever way round the camera came", () => {
  const turn = 2 * Math.PI;
  expect(sideFields({ theta: -0.6109 + 2 * turn, phi: 1.309 })).toEqual({ azimuth_deg: "-35", elevation_deg: "15" });
  expect(sideFields({ theta: Math.PI, phi: Math.PI / 2 })["elevation_deg"]).toBe("0");
});

test("a step without a camera looks at its annotation as visitors will", () => {
  const values = { "annotation.0.id": "a", "annotation.0.point": "1 2 3", "annotation.0.normal": "1 0 0", "tour.0.step.0.annotation": "a" };
  const from = { theta: 0, phi: 1, radius: 50, target: [0, 0, 0], field: 30 } as const;
  const shown = viewOfStep({ values, orders: { annotation: ["0"] } }, "tour.0.step.0", from, 10);
  expect(shown).toEqual(facingView(from, { point: [1, 2, 3], normal: [1, 0, 0] }, 10));
  expect(shown).toMatchObject({ target: [1, 2, 3], theta: Math.PI / 2, radius: 10 });
  expect(viewOfStep({ values: {}, orders: {} }, "tour.0.step.0", from, 10)).toBeUndefined();
});

test("north is where a line or the camera points to", () => {
  expect([yawOfNorth([0, 0, -5]), yawOfNorth([1, 0, 0]), yawOfNorth([-1, 3, 0])]).toEqual([0, 90, -90]);
  expect(Math.abs(yawOfNorth([0, 0, 1]))).toBe(180);
});

test("a pose is moved by metres, and is the same from its fields", () => {
  const pose = poseOfFields({ values: { "state.0.geopose.lon": "3,4", "state.0.geopose.lat": "50.35", "state.0.geopose.yaw_deg": "20" }, orders: {} }, "state.0");
  if (!pose) throw new Error("no pose");
  const moved = movedPose(pose, [12, 3, -40], Math.PI / 6);
  expect(offset(pose, moved).map((value) => Math.round(value * 1e4) / 1e4)).toEqual([12, 3, -40]);
  expect(moved.yaw_deg).toBeCloseTo(50, 9);
  const back = poseOfFields({ values: poseFields("state.1", moved), orders: {} }, "state.1");
  expect(back && Math.hypot(...offset(moved, back))).toBeLessThan(0.0003);
  expect(back?.yaw_deg).toBe(50);
  expect(poseOfFields({ values: { "state.0.geopose.lon": "3" }, orders: {} }, "state.0")).toBeUndefined();
});

test("a state without a pose gets the one with which it is seen", () => {
  const base = poseOfFields({ values: { "state.0.geopose.lon": "3.4", "state.0.geopose.lat": "50.35", "state.0.geopose.yaw_deg": "30" }, orders: {} }, "state.0");
  if (!base) throw new Error("no pose");
  const own = { pose: base, bounds_m: [[-10, 0, -4], [20, 9, 6]] } as const;
  const other = { bounds_m: [[0, -2, 0], [8, 5, 2]] } as const;
  const pose = standingOn(base, own, other);
  // The middle of the ground of one is that of the other.
  const [x, y, z] = transformPoint([5, 0, 1], alignStates(own, { ...other, pose }));
  expect([x, y, z].map((value) => Math.round(value * 1e3) / 1e3)).toEqual([4, -2, 1]);
});
