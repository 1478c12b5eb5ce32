import { expect, test } from "vitest";
import type { State, Territory } from "../src/schema";
import { arChoices } from "../src/tools/ar";
import { Words } from "../src/words";

const WORDS = {
  ar_table_size: "{size} long", ar_resize: "resize", no_real_size: "unknown", table_size: "1:{scale}", real_size: "real",
  ar_height: "{height} high", ar_stand: "stand {distance} away",
};
const words = new Words({ lang: "en", words: WORDS, library: "", basis: "", draco: "" });
const levels = ["ar-android", "ar-ios", "ar-table-android", "ar-table-ios"].map((level) => ({ level }));

function choices(state: object, territory?: object): [string, number, string | undefined, string][] {
  const host = { state: { levels, is_size_known: true, ...state } as unknown as State, words, territory: territory as Territory | undefined };
  return arChoices(host).map(({ size, scale, android, note }) => [size, scale, android?.level, note]);
}

const HOUSE = [[0, 0, 0], [4, 5, 3]];
const LAMP = [[0, 0, 0], [0.2, 0.3, 0.2]];

test("a building has a size for the table, in files of its own, and its own with the distance to stand at", () => {
  expect(choices({ bounds_m: HOUSE, ar: { table_scale: 0.12, life_size_m: 8 } })).toEqual([
    ["table", 0.12, "ar-table-android", "60 cm long resize"], ["life", 1, "ar-android", "5 m high stand 8 m away"],
  ]);
});

test("a small thing is shown as it is, and nobody stands back", () => {
  expect(choices({ bounds_m: LAMP, ar: { table_scale: 1, life_size_m: 1 } })).toEqual([["life", 1, "ar-android", "real"]]);
});

test("what is too large, or of unknown size, is for the table only", () => {
  expect(choices({ bounds_m: HOUSE, ar: { table_scale: 0.12 } }).map(([size]) => size)).toEqual(["table"]);
  expect(choices({ is_size_known: false, bounds_m: HOUSE })).toEqual([["table", 0.12, "ar-android", "resize unknown"]]);
  expect(choices({ is_size_known: false })).toEqual([["table", 1, "ar-android", "resize unknown"]]);
});

test("a bundle of before has its own files for life-size", () => {
  expect(choices({ bounds_m: HOUSE })).toEqual([["life", 1, "ar-android", "5 m high"]]);
});

test("a table model says its reduction", () => {
  expect(choices({ bounds_m: [[0, 0, 0], [1.2, 0.1, 0.8]] }, { reduction: 50_000 })).toEqual([["table", 0.5, "ar-android", "1:100,000"]]);
});
