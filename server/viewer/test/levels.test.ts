import { expect, test } from "vitest";
import { encodingOf, fileFor, finest, hasGoodLine, isQuick, isSoon, levelOfFile, rank } from "../src/models/levels";
import { nodeName } from "../src/models/model_viewer_internals";
import type { Level, State } from "../src/schema";
import { chronological, isNewer } from "../src/tools/comparison";
import { valueAfterKey } from "../src/tools/slider_keys";
import { whenOf } from "../src/tools/then_now";
import { plainText } from "../src/words";

const level = (name: string, gpu_bytes: number) => ({ level: name, gpu_bytes }) as Level;
const LEVELS = [level("preview", 1_400_000), level("phone", 22_000_000), level("desktop", 60_000_000), level("ar-ios", 1)];
const DESK = { pixels: 2_000_000, memory: 8, isTouch: false, isSaving: false };

test.each([
  ["a large stage on a desk", {}, 1, "desktop"],
  ["two models there", {}, 2, "desktop"],
  ["a small stage", { pixels: 300_000 }, 1, "phone"],
  ["two thirds of a usual screen, at one pixel a pixel", { pixels: 960 * 640 }, 1, "desktop"],
  ["half of it, at two", { pixels: 480 * 320 * 4 }, 1, "desktop"],
  ["half of it, at one", { pixels: 480 * 320 }, 1, "phone"],
  ["a phone, however fine its pixels", { pixels: 390 * 470 * 9, shorterSide: 390 }, 1, "phone"],
  ["a slow connection", { downlink: 2 }, 1, "phone"],
  ["a phone of 2 GiB", { memory: 2 }, 1, "phone"],
  ["a phone of 1 GiB", { memory: 1 }, 1, "preview"],
  ["a phone that does not tell", { memory: undefined, isTouch: true }, 1, "desktop"],
  ["one that does not tell, with two models", { memory: undefined, isTouch: true }, 2, "phone"],
  ["data to be saved", { isSaving: true }, 1, "preview"],
])("%s", (_, device, shown, name) => expect(finest(LEVELS, { ...DESK, ...device }, shown)).toBe(name));

const BOTH = [...LEVELS, level("desktop-ktx2", 10_000_000)];

test.each([
  ["a desk", {}, 1, "desktop"],
  ["two models there", {}, 2, "desktop-ktx2"],
  ["a tablet that does not tell", { memory: undefined, isTouch: true }, 1, "desktop"],
  ["one with two models", { memory: undefined, isTouch: true }, 2, "desktop-ktx2"],
  ["2 GiB", { memory: 2 }, 1, "desktop-ktx2"],
  ["1 GiB", { memory: 1 }, 1, "desktop-ktx2"],
  ["half a GiB", { memory: 0.5 }, 1, "preview"],
  ["a phone of 8 GiB", { shorterSide: 390 }, 1, "phone"],
  ["a slow connection and two models", { downlink: 2 }, 2, "phone"],
  ["data to be saved", { isSaving: true }, 2, "preview"],
])("with another encoding that takes less memory: %s", (_, device, shown, name) => expect(finest(BOTH, { ...DESK, ...device }, shown)).toBe(name));

test("an encoding stands for its level", () => {
  expect(["preview", "phone", "desktop", "desktop-ktx2"].map((name) => rank(name as never))).toEqual([0, 1, 2, 2]);
  expect(encodingOf(LEVELS, "desktop", { ...DESK, memory: 1 })).toBe("desktop");
  expect(encodingOf([level("desktop-ktx2", 1)], "desktop", DESK)).toBe("desktop-ktx2");
  expect(encodingOf([], "desktop", DESK)).toBeUndefined();
});

test("nobody fetches a second model unasked on a slow line, or to save data", () => {
  expect([{}, { downlink: 10 }, { downlink: 2 }, { isSaving: true }].map((each) => hasGoodLine({ ...DESK, ...each }))).toEqual([true, true, false, false]);
});

test("the only level is shown, whatever it needs", () => {
  expect(finest([level("desktop", 1e9)], { ...DESK, memory: 1 })).toBe("desktop");
  expect(finest([level("ar-ios", 1)], DESK)).toBeUndefined();
});

test("keys move the slider", () => {
  expect(["ArrowLeft", "ArrowRight", "PageUp", "Home", "End", "a"].map((key) => valueAfterKey(key, 50, 5, 100))).toEqual([45, 55, 70, 0, 100, undefined]);
});

const state = (id: string, edtf?: string, text = edtf) => ({ id, title: { text: `${id} (relevé)` }, ...(edtf ? { date: { edtf, text } } : {}) }) as State;

test("states go from the oldest to today", () => {
  const states = [state("Aujourd’hui"), state("b", "1930~", "vers 1930"), state("c", "1899/1903")];
  expect(chronological(states).map(whenOf)).toEqual(["1899/1903", "vers 1930", "Aujourd’hui"]);
  const [today, then, before] = states as [State, State, State];
  expect([isNewer(today, then), isNewer(then, today), isNewer(then, before), isNewer(today, state("other"))]).toEqual([true, false, true, true]);
});

test("nodes have the names of three.js", () => expect(nodeName("tour [a].b:c/d e")).toBe("tour_abcd_e"));
test("links in texts become plain text", () => expect(plainText("Voir\n[la fosse](site:x) et [rien](media:y).")).toBe("Voir la fosse et rien."));

test("a level that is here at once needs no smaller one before it", () => {
  const phone = { ...level("phone", 1), bytes: 1_600_000, brotli_bytes: 1_400_000 };
  expect([1.6e6, 10e6, 17e6, 100e6, undefined].map((speed) => isQuick(phone, speed))).toEqual([false, false, true, true, false]);
  expect(isQuick(undefined, 1e9)).toBe(false);
});

const PHONE = { ...level("phone", 1), bytes: 1_600_000, brotli_bytes: 1_440_000 };
const LIGHT = { ...level("phone-light", 1), bytes: 870_000, brotli_bytes: 700_000 };

test.each([
  ["a slow line", 1.6e6, [PHONE, LIGHT], true, "phone-light"],
  ["a slow line, without AVIF", 1.6e6, [PHONE, LIGHT], false, "phone"],
  ["a slow line, of a light model", 1.6e6, [PHONE], true, "phone"],
  ["a slow line, and a lighter one that is not", 1.6e6, [{ ...PHONE, brotli_bytes: 690_000 }, LIGHT], true, "phone"],
  ["a line on which it takes 3 seconds", 3.84e6, [PHONE, LIGHT], true, "phone"],
  ["a little longer", 3.8e6, [PHONE, LIGHT], true, "phone-light"],
  ["a fast line", 50e6, [PHONE, LIGHT], true, "phone"],
  ["a line of which nothing is known", undefined, [PHONE, LIGHT], true, "phone"],
])("of the phone level, %s has the file", (_, speed, levels, decodes, file) => {
  const types: string[] = [];
  const found = fileFor({ levels } as unknown as State, "phone", speed, (type) => (types.push(type), decodes));
  expect(found).toBe(file);
  expect(types.every((type) => type === "image/avif")).toBe(true);
  expect(levelOfFile(found)).toBe("phone");
});

test("other levels have no lighter file, and none has a button of its own", () => {
  expect(fileFor({ levels: [...LEVELS, LIGHT] } as unknown as State, "desktop", 1e3, () => true)).toBe("desktop");
  expect(finest([LIGHT], DESK)).toBeUndefined();
  expect([isSoon(PHONE, 1.6e6), isSoon(PHONE, 4e6)]).toEqual([false, true]);
});
