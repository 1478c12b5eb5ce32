// Positions that are sure enough to arrive, and what is none: rides, jumps, a clock that is set back.
import { describe, expect, test } from "vitest";
import { ArrivalDetector, reachOf } from "../src/map/arrival";
import type { Fix } from "../src/map/position";

const PLACE = { lon: 3.42204, lat: 50.31809 };
const at = (metres: number, second: number, accuracy = 8, speed?: number): Fix => {
  return { lon: PLACE.lon, lat: PLACE.lat + metres / 111_195, accuracy, time: second * 1000, speed };
};
const seconds = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, each) => from + each);
const spot = (metres: number, site = "") => ({ at: at(metres, 0), site });

/** Return the seconds at which one arrives. */
function arrivals(fixes: readonly Fix[]): number[] {
  const detector = new ArrivalDetector([spot(0)]);
  return fixes.flatMap((fix) => (detector.update(fix) ? [fix.time / 1000] : []));
}

test("an arrival takes some seconds, and is nothing from far or of no accuracy", () => {
  expect(arrivals([at(0, 0), at(0, 1)])).toEqual([]);
  expect(arrivals(seconds(0, 60).map((second) => at(5, second)))).toEqual([5]);
  expect(arrivals(seconds(0, 60).map((second) => at(50, second, 35)))).toEqual([]);
  for (const accuracy of [61, 2000, Number.NaN]) expect(arrivals(seconds(0, 60).map((second) => at(0, second, accuracy)))).toEqual([]);
  // A receiver that claims to be exact is believed no more than to a metre.
  expect(arrivals(seconds(0, 60).map((second) => at(5, second, 0)))).toEqual([5]);
  // A position that is sent twice, or late, is no new one.
  expect(arrivals([at(0, 6), at(0, 6), at(0, 0), at(0, 6)])).toEqual([]);
  expect(reachOf(5) + 5).toBeLessThanOrEqual(38);
});

test("a single wild position carries nobody across a river", () => {
  expect(arrivals(seconds(0, 300).map((second) => at(second % 10 ? 55 : 20, second, 15)))).toEqual([]);
});

test("a bus that passes or waits is no arrival, getting off is; with and without a speed from the receiver", () => {
  for (const hasSpeed of [true, false]) {
    const speed = (value: number): number | undefined => (hasSpeed ? value : undefined);
    const passing = seconds(0, 60).map((second) => at(600 - 12 * second, second, 10, speed(12)));
    const waiting = seconds(60, 80).map((second) => at(-110, second, 10, speed(0)));
    expect(arrivals([...passing, ...waiting])).toEqual([]);
    const toStop = seconds(0, 50).map((second) => at(600 - 12 * second, second, 10, speed(12)));
    const [first, ...more] = arrivals([...toStop, ...seconds(50, 120).map((second) => at(0, second, 10, speed(0)))]);
    expect(first).toBeGreaterThan(75);
    expect(first).toBeLessThan(105);
    expect(more).toEqual([]);
  }
});

test("a car that starts beside a place passes it", () => {
  const driving = seconds(0, 30).map((second) => at(-60 + 17 * second, second));
  expect(arrivals(driving)).toEqual([]);
});

describe("a jump of 20 seconds", () => {
  for (const [name, speed] of [["while the receiver says that one walks", 1.3], ["without a speed", undefined]] as const) {
    test(`is no arrival ${name}`, () => {
      const walking = (from: number, to: number): Fix[] => seconds(from, to).map((second) => at(-400 + 1.3 * second, second, 8, speed));
      const elsewhere = seconds(60, 80).map((second) => at(second % 3, second, 8, speed));
      expect(arrivals([...walking(0, 60), ...elsewhere, ...walking(80, 140)])).toEqual([]);
      // Who then comes there really has arrived, once.
      const there = seconds(140, 500).map((second) => at(Math.min(3, -400 + 1.3 * second), second, 8, speed));
      expect(arrivals([...walking(0, 60), ...elsewhere, ...walking(80, 140), ...there])).toHaveLength(1);
    });
  }
});

describe("a clock that is set back", () => {
  test("by an hour silences nothing, on foot or after a ride", () => {
    const before = seconds(3600, 3660).map((second) => at(300, second, 8, 1.3));
    const after = seconds(60, 320).map((second) => at(Math.max(5, 300 - 1.3 * (second - 60)), second, 8, 1.3));
    expect(arrivals([...before, ...after])).toHaveLength(1);
    const riding = seconds(3600, 3650).map((second) => at(600 - 12 * (second - 3600), second, 10, 12));
    const [first] = arrivals([...riding, ...seconds(50, 120).map((second) => at(0, second, 10, 0))]);
    expect(first).toBeGreaterThan(75);
    expect(first).toBeLessThan(105);
  });

  test("again and again, too, and forward as well", () => {
    const clocks = [3600, 0, 7200, 3600, 0];
    const fixes = clocks.flatMap((clock, part) => seconds(part * 60, part * 60 + 60).map((second) => at(300 - second, clock + second, 8, 1)));
    expect(arrivals(fixes)).toHaveLength(1);
  });
});

describe("several places", () => {
  test("are told once each, the nearest one first", () => {
    const detector = new ArrivalDetector([spot(0), spot(20), spot(200)]);
    const there = [...seconds(0, 60).map((second) => at(14, second)), ...seconds(60, 300).map((second) => at(14 + (second - 60), second))];
    const back = seconds(300, 600).map((second) => at(254 - (second - 300), second));
    const found = [...there, ...back].flatMap((fix) => detector.update(fix)?.at ?? []);
    expect(found.map(({ lat }) => Math.round((lat - PLACE.lat) * 111_195))).toEqual([20, 200, 0]);
  });

  test("are reached inside of their outline, and nowhere without a position", () => {
    const isWithin = (_: unknown, site: string): boolean => site === "park";
    const detector = new ArrivalDetector([{ at: undefined, site: "park" }, spot(300, "park"), spot(400)], isWithin);
    expect(seconds(0, 30).flatMap((second) => detector.update(at(5, second))?.site ?? [])).toEqual(["park"]);
  });
});
