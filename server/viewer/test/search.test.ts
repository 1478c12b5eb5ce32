import { expect, test } from "vitest";
import { fold, tokenize } from "../src/worker/folding";
import { editDistance, maxEdits, nearestWords } from "../src/worker/fuzzy";
import { markMatches, type PackDocument, search } from "../src/worker/search";

const text = (tokenize: string) => ({ text: tokenize, lang: "fr", standing: "source" as const });
const site = (slug: string, name: string, summary: string, more: object = {}): PackDocument =>
  ({ kind: "site", body: { slug, lang: "fr", name: text(name), summary: text(summary), pages: { fr: `/fr/sites/${slug}` }, ...more } });
const ALL = [
  site("fosse", "Fosse d’Arenberg", "Trois chevalements.", { annotations: [{ title: text("La molette"), text: text("Elle tourne.") }] }),
  site("eglise", "Église Sainte-Barbe", "Près de la fosse.", { description: text(`${"Long. ".repeat(60)}Bâtie par la Cie en [brique](site:x).${" Fin.".repeat(90)}`) }),
];
const pages = (q: string) => search(q, "fr", ALL, 20).hits.map((hitOf) => hitOf.slug);

test("folding matches the server", () => {
  expect(fold("Wałbrzych, Œuvre, Straße, Église, Mine d’Or")).toBe("walbrzych, oeuvre, strasse, eglise, mine d’or");
  expect(tokenize("d’Arenberg (n° 3)").map((word) => word.term)).toEqual(["d", "arenberg", "n", "3"]);
});

test("names rank before summaries, and summaries before other texts", () => {
  expect(pages("fosse")).toEqual(["fosse", "eglise"]);
  expect(pages("EGLISE")).toEqual(["eglise"]);
  expect(pages("mol")).toEqual(["fosse"]);
  expect(pages("xyz")).toEqual([]);
  expect(pages("")).toEqual([]);
});

test("samples come after all that is real, as on the server", () => {
  const samples = [site("demo", "Fosse simulée", "", { is_demonstration: true }), site("ciel", "Fosse vue du ciel", "", { kind: { code: "example", text: "" } })];
  const hits = search("fosse", "fr", [...samples, ...ALL], 20).hits.map((hitOf) => hitOf.slug);
  expect(hits.slice(0, 2)).toEqual(["fosse", "eglise"]);
  expect(hits.slice(2).sort()).toEqual(["ciel", "demo"]);
});

test("no line of an excerpt begins with a colon", () => {
  const space = "\u00a0";
  const [hitOf] = search("haut", "fr", [site("tour", "La tour", `Haut de 12\u202f000 pas${space}: le plus haut.`)], 20).hits;
  expect(hitOf?.excerpt.text).toBe(`Haut de 12\u202f000 pas${space}: le plus haut.`);
});

test("all words must match; otherwise partial matches are marked as such", () => {
  expect(search("fosse brique", "fr", ALL, 20)).toMatchObject({ matched: 1, is_partial: false, hits: [{ slug: "eglise" }] });
  expect(search("fosse xyz", "fr", ALL, 20)).toMatchObject({ matched: 2, is_partial: true });
});

test("an excerpt contains the match, and positions count characters", () => {
  const [hitOf] = search("batie", "fr", ALL, 20).hits;
  expect(hitOf?.excerpt.text.length).toBeLessThan(320);
  const [[start, end] = [0, 0]] = hitOf?.excerpt.marks ?? [];
  expect([...(hitOf?.excerpt.text ?? "")].slice(start, end).join("")).toBe("Bâtie");
  expect(hitOf?.excerpt.text).not.toContain("](");
  expect(markMatches("😀 é<b>", (word) => word.startsWith("b"))).toEqual({ text: "😀 é<b>", marks: [[4, 5]], html: "😀 é&#60;<mark>b</mark>&#62;" });
});

test("edit distances match the server", () => {
  expect(["fos", "fose", "arenber", "arenberg", "1913", "n12345678"].map(maxEdits)).toEqual([0, 1, 1, 2, 0, 0]);
  expect([editDistance("arenbreg", "arenberg", 2), editDistance("fosse", "fose", 2), editDistance("abc", "xyzabc", 2)]).toEqual([1, 1, 3]);
  expect([editDistance("fosse", "fosse", 1), editDistance("", "ab", 2), editDistance("abcd", "wxyz", 2)]).toEqual([0, 2, 3]);
});

test("corrections are the nearest words, the most frequent first, at most three", () => {
  const counts = new Map([["mine", 2], ["mines", 5], ["mise", 9], ["mite", 1], ["fosse", 9]]);
  expect(nearestWords("mime", counts)).toEqual(["mise", "mine", "mite"]);
  expect(nearestWords("miness", counts)).toEqual(["mines"]);
  expect(nearestWords("xyzuvw", counts)).toEqual([]);
  expect(nearestWords("mi", counts)).toEqual([]);
});

test("a mistyped word is corrected, and the correction is returned", () => {
  const all = [...ALL, site("cite", "Cité d’Alsace", "À Escaudain."), site("lavoir", "Łaźnia", "Les mineurs s’y lavent.")];
  const tokens = (q: string) => search(q, "fr", all, 20);
  expect(tokens("arrenberg")).toMatchObject({ read_as: "arenberg", is_partial: false, hits: [{ slug: "fosse" }] });
  expect(tokens("escaudin")).toMatchObject({ read_as: "escaudain", hits: [{ slug: "cite" }] });
  expect(tokens("ESCAUDIAN").hits[0]?.excerpt.html).toBe("À <mark>Escaudain</mark>.");
  expect(tokens("Cité escaudin")).toMatchObject({ read_as: "Cité escaudain", matched: 1 });
  expect(tokens("EGLIZE")).toMatchObject({ read_as: "eglise", hits: [{ slug: "eglise" }] });
  expect(tokens("lażnja")).toMatchObject({ read_as: "laznia", hits: [{ slug: "lavoir" }] });
});

test("no correction for known words, prefixes, numbers and distant words", () => {
  for (const q of ["arenberg", "Aren", "fos", "chevalements fosse", "n 1914", "xyzxyz"]) {
    expect(search(q, "fr", ALL, 20)).not.toHaveProperty("read_as");
  }
});
