import { expect, test } from "vitest";
import type { Annotation, Text } from "../src/schema";
import { labelledTexts } from "../src/tools/annotations";
import { ordinalParts, Words } from "../src/words";

test("the ends of French ordinals are parts of their own, and nothing else is", () => {
  expect(ordinalParts("Au XIXe siècle, le 1er puits et la 2e berline")).toEqual(["Au XIX", "e", " siècle, le 1", "er", " puits et la 2", "e", " berline"]);
  expect(ordinalParts("Ire, 3es")).toEqual(["I", "re", ", 3", "es", ""]);
  for (const other of ["Le Viers", "l’Ire", "une mine", "1,2e", "XIXe’s", "Ières"]) expect(ordinalParts(other)).toEqual([other]);
});

test("a text of an annotation stands below the label that the start document has for it", () => {
  const text: Text = { text: "Ouverte en 1831.", lang: "fr", standing: "source" };
  const door: Annotation = { id: "door", state: "today", point: [0, 0, 0], normal: [0, 0, 1], title: text, text, media: [], sources: [] };
  const words = (labels: Record<string, string>) => new Words({ lang: "fr", words: labels, library: "", basis: "", draco: "" });
  expect(labelledTexts(words({}), door)).toEqual([{ label: "", text }]);
  expect(labelledTexts(words({ annotation_text: "Récit" }), door)).toEqual([{ label: "Récit", text }]);
  const { text: _, ...silent } = door;
  expect(labelledTexts(words({ annotation_text: "Récit" }), silent)).toEqual([]);
});
