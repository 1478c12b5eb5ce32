// Search the texts of packs, and answer as the API does.
import type { Hit, Hits, Marked, Text } from "../manifest";
import { plain } from "../words";
import { folded, words } from "./folding";

/** A site or route, as its document says it. */
export interface Told {
  readonly slug: string;
  readonly lang: string;
  readonly name: Text;
  readonly summary: Text;
  readonly pages: Readonly<Record<string, string>>;
}

export interface Found {
  readonly kind: "site" | "route";
  readonly told: Told;
}

const MOST_WORDS = 8;
const AROUND = 90;

/** Return what has all the words; where nothing has, what has some of them. */
export function search(q: string, lang: string, all: readonly Found[], limit: number): Hits {
  const wanted = [...new Set(words(q).map((word) => word.plain))].slice(0, MOST_WORDS);
  const rated = all.map((each) => ({ each, scores: wanted.map((word) => score(word, each.told)) }));
  const whole = rated.filter(({ scores }) => scores.length && scores.every(Boolean));
  const some = whole.length ? whole : rated.filter(({ scores }) => scores.some(Boolean));
  const hits = some
    .map(({ each, scores }) => hit(each, wanted, scores.reduce((sum, one) => sum + one, 0)))
    .sort((one, other) => other.score - one.score || one.page.localeCompare(other.page));
  return { lang, q, is_partial: !whole.length && !!hits.length, matched: hits.length, hits: hits.slice(0, limit) };
}

/** Say how well a text is named by a word: a name counts more than the summary, and that more than the rest. */
function score(word: string, told: Told): number {
  if (has(told.name.text, word)) return 8;
  if (has(told.summary.text, word)) return 3;
  return textsOf(told).some((text) => has(text, word)) ? 1 : 0;
}

function has(text: string, word: string): boolean {
  return folded(text).includes(word) && words(text).some((each) => each.plain.startsWith(word));
}

/** Return all texts of a document, wherever they stand in it. */
export function textsOf(told: unknown): string[] {
  if (typeof told !== "object" || told === null) return [];
  const { text, standing } = told as Record<string, unknown>;
  if (typeof text === "string" && typeof standing === "string") return [plain(text)];
  return Object.values(told).flatMap(textsOf);
}

function hit({ kind, told }: Found, wanted: readonly string[], rating: number): Hit {
  const page = told.pages[told.lang] ?? "/";
  const title = marked(plain(told.name.text), wanted);
  const excerpt = marked(excerptOf(told, wanted), wanted);
  return { kind, slug: told.slug, lang: told.lang, title, excerpt, score: rating, url: `/v1/${kind}s/${told.slug}`, page };
}

/** Return the summary; where it has none of the words and another text has, that text around the first of them. */
function excerptOf(told: Told, wanted: readonly string[]): string {
  const summary = plain(told.summary.text);
  const texts = [summary, ...textsOf(told)];
  const text = texts.find((each) => wanted.some((word) => has(each, word))) ?? summary;
  if (text === summary) return summary;
  const at = words(text).find((each) => wanted.some((word) => each.plain.startsWith(word)))?.from ?? 0;
  const from = at > AROUND ? text.indexOf(" ", at - AROUND) + 1 : 0;
  const end = at + 2 * AROUND < text.length ? text.lastIndexOf(" ", at + 2 * AROUND) : text.length;
  return `${from ? "… " : ""}${text.slice(from, Math.max(end, at))}${end < text.length ? " …" : ""}`;
}

/** Return a text with the places of words in it, counted in characters of Unicode. */
export function marked(text: string, wanted: readonly string[]): Marked {
  const found = words(text).filter((each) => wanted.some((word) => each.plain.startsWith(word)));
  const count = (to: number): number => [...text.slice(0, to)].length;
  let html = "";
  let end = 0;
  for (const { from, behind } of found) {
    html += `${escaped(text.slice(end, from))}<mark>${escaped(text.slice(from, behind))}</mark>`;
    end = behind;
  }
  return { text, marks: found.map(({ from, behind }) => [count(from), count(behind)] as const), html: html + escaped(text.slice(end)) };
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
