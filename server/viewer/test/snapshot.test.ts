import { expect, test } from "vitest";
import type { Site, State } from "../src/schema";
import { captionLines, hiddenSides, wrapLine } from "../src/tools/snapshot";
import { Words } from "../src/words";

const words = new Words({ lang: "fr", words: { guessed_parts: "{count} supposées" }, library: "", basis: "", draco: "" });
const text = (said: string) => ({ text: said, lang: "fr", standing: "source" });
const site = { name: text("Fosse [Mathilde](site:x)") } as unknown as Site;
const state = (more: object) => ({
  title: text("Aujourd’hui"), line: "Relevé, 2026", parts: [], credit: "Jeanne", licence: "CC-BY-4.0", ...more,
}) as unknown as State;

test("the caption says what it is, how sure it is, whom it belongs to, and where it is from", () => {
  expect(captionLines({ site, words }, [state({})], "https://c.example/p")).toEqual([
    "Fosse Mathilde – Aujourd’hui", "Relevé, 2026", "Jeanne, CC-BY-4.0", "https://c.example/p",
  ]);
});

test("both states of a comparison are named, and what is simulated or supposed is said", () => {
  const then = state({ title: text("Vers 1930"), line: "Reconstitution simulée", credit: "", author: "Paul", parts: [{ evidence: { code: "hypothetical" } }] });
  expect(captionLines({ site, words }, [state({}), then], "p")).toEqual([
    "Fosse Mathilde – Aujourd’hui / Vers 1930", "Relevé, 2026", "Reconstitution simulée – 1 supposées", "Jeanne, CC-BY-4.0", "Paul, CC-BY-4.0", "p",
  ]);
});

test("the border of a comparison hides one side of each model", () => {
  expect(["", "inset(0px 95% 0px 0px)", "inset(0px 0px 0px 55%)"].map(hiddenSides)).toEqual([[0, 0], [0, 0.95], [0.55, 0]]);
});

test("lines break between words, and a word that is too long stays whole", () => {
  expect(wrapLine("one two three", (part) => part.length <= 7)).toEqual(["one two", "three"]);
  expect(wrapLine("unbreakable it is", (part) => part.length <= 4)).toEqual(["unbreakable", "it", "is"]);
});
