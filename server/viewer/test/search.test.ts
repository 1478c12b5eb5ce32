import { expect, test } from "vitest";
import { folded, words } from "../src/worker/folding";
import { marked, search, type Found } from "../src/worker/search";

const text = (words: string) => ({ text: words, lang: "fr", standing: "source" as const });
const site = (slug: string, name: string, summary: string, more: object = {}): Found =>
  ({ kind: "site", told: { slug, lang: "fr", name: text(name), summary: text(summary), pages: { fr: `/fr/sites/${slug}` }, ...more } });
const ALL = [
  site("fosse", "Fosse d’Arenberg", "Trois chevalements.", { annotations: [{ title: text("La molette"), text: text("Elle tourne.") }] }),
  site("eglise", "Église Sainte-Barbe", "Près de la fosse.", { description: text(`${"Long. ".repeat(60)}Bâtie par la Cie en [brique](site:x).${" Fin.".repeat(90)}`) }),
];
const pages = (q: string) => search(q, "fr", ALL, 20).hits.map((hit) => hit.slug);

test("letters are folded as the server folds them", () => {
  expect(folded("Wałbrzych, Œuvre, Straße, Église, Mine d’Or")).toBe("walbrzych, oeuvre, strasse, eglise, mine d’or");
  expect(words("d’Arenberg (n° 3)").map((word) => word.plain)).toEqual(["d", "arenberg", "n", "3"]);
});

test("names come before summaries, and these before all other texts", () => {
  expect(pages("fosse")).toEqual(["fosse", "eglise"]);
  expect(pages("EGLISE")).toEqual(["eglise"]);
  expect(pages("mol")).toEqual(["fosse"]);
  expect(pages("xyz")).toEqual([]);
  expect(pages("")).toEqual([]);
});

test("all words are wanted; where nothing has all, some do and it is said", () => {
  expect(search("fosse brique", "fr", ALL, 20)).toMatchObject({ matched: 1, is_partial: false, hits: [{ slug: "eglise" }] });
  expect(search("fosse xyz", "fr", ALL, 20)).toMatchObject({ matched: 2, is_partial: true });
});

test("an excerpt shows where the word is, and marks are counted in characters", () => {
  const [hit] = search("batie", "fr", ALL, 20).hits;
  expect(hit?.excerpt.text.length).toBeLessThan(320);
  const [[from, behind] = [0, 0]] = hit?.excerpt.marks ?? [];
  expect([...(hit?.excerpt.text ?? "")].slice(from, behind).join("")).toBe("Bâtie");
  expect(hit?.excerpt.text).not.toContain("](");
  expect(marked("😀 é<b>", ["b"])).toEqual({ text: "😀 é<b>", marks: [[4, 5]], html: "😀 é&#60;<mark>b</mark>&#62;" });
});
