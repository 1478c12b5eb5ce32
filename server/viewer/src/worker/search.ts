// Full-text search in packs, with the same results as the API.
import type { Hit, Hits, Marked, Text } from "../schema";
import { plainText } from "../words";
import { foldedWords, tokenize } from "./folding";
import { nearestWords } from "./fuzzy";

/** The fields of a site, route or trail document that search uses. */
export interface DocumentBody {
  readonly slug: string;
  readonly lang: string;
  readonly name: Text;
  readonly summary: Text;
  readonly pages: Readonly<Record<string, string>>;
  /** Of a site. */
  readonly is_demonstration?: boolean;
  readonly kind?: { readonly code: string };
}

export interface PackDocument {
  readonly kind: "site" | "route" | "trail";
  readonly body: DocumentBody;
}

/** The folded words of a document. */
interface IndexedDocument {
  readonly doc: PackDocument;
  readonly name: ReadonlySet<string>;
  readonly summary: ReadonlySet<string>;
  readonly all: ReadonlySet<string>;
}

/** A word of the query.

    text : the word as typed, or its correction
    matches : whether a folded word of a document matches */
interface QueryTerm {
  readonly text: string;
  readonly isCorrected: boolean;
  readonly matches: (word: string) => boolean;
}

const MAX_TERMS = 8;
const EXCERPT_RADIUS = 90;
/** Code of the kind of a place that is none of the territory, as in `pipeline/carreau/base/schema/site.py`. */
const EXAMPLE = "example";

/** Return the documents that match all words; if there are none, those that match some; samples come last. Unknown words are corrected. */
export function search(q: string, lang: string, all: readonly PackDocument[], limit: number): Hits {
  const index = all.map(indexDocument);
  const typed = new Map(tokenize(q).map((word) => [word.term, q.slice(word.start, word.end)]));
  const terms = [...typed].slice(0, MAX_TERMS).map(([word, typed]) => queryTerm(word, typed, index));
  const scored = index.map((one) => ({ doc: one.doc, scores: terms.map((term) => score(term, one)) }));
  const complete = scored.filter(({ scores }) => scores.length && scores.every(Boolean));
  const matched = complete.length ? complete : scored.filter(({ scores }) => scores.some(Boolean));
  const matches = (word: string): boolean => terms.some((term) => term.matches(word));
  const samples = new Set(matched.filter(({ doc: { body } }) => body.is_demonstration || body.kind?.code === EXAMPLE).map(({ doc }) => `${doc.kind} ${doc.body.slug}`));
  const last = ({ kind, slug }: Hit): number => Number(samples.has(`${kind} ${slug}`));
  const hits = matched
    .map(({ doc, scores }) => createHit(doc, matches, scores.reduce((sum, one) => sum + one, 0)))
    .sort((one, other) => last(one) - last(other) || other.score - one.score || one.page.localeCompare(other.page));
  const readAs = terms.some((term) => term.isCorrected) ? { read_as: terms.map((term) => term.text).join(" ") } : {};
  return { lang, q, ...readAs, is_partial: !complete.length && !!hits.length, matched: hits.length, hits: hits.slice(0, limit) };
}

function indexDocument(doc: PackDocument): IndexedDocument {
  const { body } = doc;
  return { doc, name: foldedWords([body.name.text]), summary: foldedWords([body.summary.text]), all: foldedWords(textsOf(body)) };
}

/** Return the term of a word: a prefix match, or the nearest words if no word has that prefix. */
function queryTerm(word: string, typed: string, index: readonly IndexedDocument[]): QueryTerm {
  const begins: QueryTerm = { text: typed, isCorrected: false, matches: (each) => each.startsWith(word) };
  if (index.some(({ all }) => some(all, begins.matches))) return begins;
  const counts = new Map<string, number>();
  for (const { all } of index) for (const each of all) counts.set(each, (counts.get(each) ?? 0) + 1);
  const nearest = nearestWords(word, counts);
  const [text] = nearest;
  return text === undefined ? begins : { text, isCorrected: true, matches: (each) => nearest.includes(each) };
}

/** Return the score of a document for a term: the name counts most, then the summary, then the rest. */
function score({ matches }: QueryTerm, { name, summary, all }: IndexedDocument): number {
  if (some(name, matches)) return 8;
  if (some(summary, matches)) return 3;
  return some(all, matches) ? 1 : 0;
}

function some(words: ReadonlySet<string>, matches: QueryTerm["matches"]): boolean {
  for (const word of words) if (matches(word)) return true;
  return false;
}

/** Return all texts of a document, at any depth. */
export function textsOf(body: unknown): string[] {
  if (typeof body !== "object" || body === null) return [];
  const { text, standing } = body as Record<string, unknown>;
  if (typeof text === "string" && typeof standing === "string") return [plainText(text)];
  return Object.values(body).flatMap(textsOf);
}

function createHit({ kind, body }: PackDocument, matches: QueryTerm["matches"], rating: number): Hit {
  const page = body.pages[body.lang] ?? "/";
  const title = markMatches(plainText(body.name.text), matches);
  const excerpt = markMatches(createExcerpt(body, matches), matches);
  return { kind, slug: body.slug, lang: body.lang, title, excerpt, score: rating, url: `/v1/${kind}s/${body.slug}`, page };
}

/** Return the summary, or an excerpt around the first match in another text if the summary has none. */
function createExcerpt(body: DocumentBody, matches: QueryTerm["matches"]): string {
  const summary = plainText(body.summary.text);
  const texts = [summary, ...textsOf(body)];
  const text = texts.find((each) => tokenize(each).some((word) => matches(word.term))) ?? summary;
  if (text === summary) return summary;
  const at = tokenize(text).find((word) => matches(word.term))?.start ?? 0;
  const start = at > EXCERPT_RADIUS ? text.indexOf(" ", at - EXCERPT_RADIUS) + 1 : 0;
  const end = at + 2 * EXCERPT_RADIUS < text.length ? text.lastIndexOf(" ", at + 2 * EXCERPT_RADIUS) : text.length;
  return `${start ? "… " : ""}${text.slice(start, Math.max(end, at))}${end < text.length ? " …" : ""}`;
}

/** Return a text with the positions of its matches, in Unicode code points. */
export function markMatches(text: string, matches: QueryTerm["matches"]): Marked {
  const tokens = tokenize(text).filter((word) => matches(word.term));
  const count = (to: number): number => [...text.slice(0, to)].length;
  let html = "";
  let done = 0;
  for (const { start, end } of tokens) {
    html += `${escapeHtml(text.slice(done, start))}<mark>${escapeHtml(text.slice(start, end))}</mark>`;
    done = end;
  }
  return { text, marks: tokens.map(({ start, end }) => [count(start), count(end)] as const), html: html + escapeHtml(text.slice(done)) };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
