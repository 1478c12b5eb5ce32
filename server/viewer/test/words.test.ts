import { expect, test } from "vitest";
import { ordinalParts } from "../src/words";

test("the ends of French ordinals are parts of their own, and nothing else is", () => {
  expect(ordinalParts("Au XIXe siècle, le 1er puits et la 2e berline")).toEqual(["Au XIX", "e", " siècle, le 1", "er", " puits et la 2", "e", " berline"]);
  expect(ordinalParts("Ire, 3es")).toEqual(["I", "re", ", 3", "es", ""]);
  for (const other of ["Le Viers", "l’Ire", "une mine", "1,2e", "XIXe’s", "Ières"]) expect(ordinalParts(other)).toEqual([other]);
});
