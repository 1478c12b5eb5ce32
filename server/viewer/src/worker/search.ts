// Search the texts of packs, and answer as the API does.
import type { Hit, Hits, Marked, Text } from "../schema";
import { plain } from "../words";
import { plainWords, words } from "./folding";
import { nearest } from "./fuzzy";

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

/** The words of a site or route in plain letters. */
interface Read {
  readonly each: Found;
  readonly name: ReadonlySet<string>;
  readonly summary: ReadonlySet<string>;
  readonly all: ReadonlySet<string>;
}

/** A word that somebody looks for.

    said : the word, or the one that it was taken for
    isMeant : whether a word in plain letters is one of those that are meant */
interface Wanted {
  readonly said: string;
  readonly isMended: boolean;
  readonly isMeant: (plain: string) => boolean;
}

const MOST_WORDS = 8;
const AROUND = 90;

/** Return what has all the words; where nothing has, what has some of them. A word that nothing has may be mistyped. */
export function search(q: string, lang: string, all: readonly Found[], limit: number): Hits {
  const read = all.map(readOf);
  const asked = new Map(words(q).map((word) => [word.plain, q.slice(word.from, word.behind)]));
  const wanted = [...asked].slice(0, MOST_WORDS).map(([word, typed]) => meant(word, typed, read));
  const rated = read.map((one) => ({ each: one.each, scores: wanted.map((word) => score(word, one)) }));
  const whole = rated.filter(({ scores }) => scores.length && scores.every(Boolean));
  const some = whole.length ? whole : rated.filter(({ scores }) => scores.some(Boolean));
  const isMeant = (plain: string): boolean => wanted.some((word) => word.isMeant(plain));
  const hits = some
    .map(({ each, scores }) => hit(each, isMeant, scores.reduce((sum, one) => sum + one, 0)))
    .sort((one, other) => other.score - one.score || one.page.localeCompare(other.page));
  const readAs = wanted.some((word) => word.isMended) ? { read_as: wanted.map((word) => word.said).join(" ") } : {};
  return { lang, q, ...readAs, is_partial: !whole.length && !!hits.length, matched: hits.length, hits: hits.slice(0, limit) };
}

function readOf(each: Found): Read {
  const { told } = each;
  return { each, name: plainWords([told.name.text]), summary: plainWords([told.summary.text]), all: plainWords(textsOf(told)) };
}

/** Return what a word means: all that it begins; where it begins nothing, the words nearest to it. */
function meant(word: string, typed: string, read: readonly Read[]): Wanted {
  const begins: Wanted = { said: typed, isMended: false, isMeant: (plain) => plain.startsWith(word) };
  if (read.some(({ all }) => some(all, begins.isMeant))) return begins;
  const known = new Map<string, number>();
  for (const { all } of read) for (const each of all) known.set(each, (known.get(each) ?? 0) + 1);
  const near = nearest(word, known);
  const [said] = near;
  return said === undefined ? begins : { said, isMended: true, isMeant: (plain) => near.includes(plain) };
}

/** Say how well a text is named by a word: a name counts more than the summary, and that more than the rest. */
function score({ isMeant }: Wanted, { name, summary, all }: Read): number {
  if (some(name, isMeant)) return 8;
  if (some(summary, isMeant)) return 3;
  return some(all, isMeant) ? 1 : 0;
}

function some(words: ReadonlySet<string>, isMeant: Wanted["isMeant"]): boolean {
  for (const word of words) if (isMeant(word)) return true;
  return false;
}

/** Return all texts of a document, wherever they stand in it. */
export function textsOf(told: unknown): string[] {
  if (typeof told !== "object" || told === null) return [];
  const { text, standing } = told as Record<string, unknown>;
  if (typeof text === "string" && typeof standing === "string") return [plain(text)];
  return Object.values(told).flatMap(textsOf);
}

function hit({ kind, told }: Found, isMeant: Wanted["isMeant"], rating: number): Hit {
  const page = told.pages[told.lang] ?? "/";
  const title = marked(plain(told.name.text), isMeant);
  const excerpt = marked(excerptOf(told, isMeant), isMeant);
  return { kind, slug: told.slug, lang: told.lang, title, excerpt, score: rating, url: `/v1/${kind}s/${told.slug}`, page };
}

/** Return the summary; where it has none of the words and another text has, that text around the first of them. */
function excerptOf(told: Told, isMeant: Wanted["isMeant"]): string {
  const summary = plain(told.summary.text);
  const texts = [summary, ...textsOf(told)];
  const text = texts.find((each) => words(each).some((word) => isMeant(word.plain))) ?? summary;
  if (text === summary) return summary;
  const at = words(text).find((word) => isMeant(word.plain))?.from ?? 0;
  const from = at > AROUND ? text.indexOf(" ", at - AROUND) + 1 : 0;
  const end = at + 2 * AROUND < text.length ? text.lastIndexOf(" ", at + 2 * AROUND) : text.length;
  return `${from ? "… " : ""}${text.slice(from, Math.max(end, at))}${end < text.length ? " …" : ""}`;
}

/** Return a text with the places of words in it, counted in characters of Unicode. */
export function marked(text: string, isMeant: Wanted["isMeant"]): Marked {
  const found = words(text).filter((word) => isMeant(word.plain));
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
