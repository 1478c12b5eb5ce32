// Progress as a short code for a link or a QR code, from one phone to another: 16 characters for twelve chapters.
//
// Bytes: version, two of the outline of the trail, number of the open chapter (0: none); then bits, the highest first:
// one a chapter that is read, one a chapter whose place was reached, two a question (0, seen 1, right 2); then two bytes of
// a checksum. A code of another edition of the trail, whose chapters or questions are others, is refused.
import type { AnswerState, Outline, ProgressRecord } from "./trail_progress";

const VERSION = 1;
const STATES: readonly (AnswerState | undefined)[] = [undefined, "seen", "right"];

type Carried = Omit<ProgressRecord, "sounds">;

/** Return the code of a record. */
export function encodeProgress(slug: string, outline: Outline, record: Readonly<Carried>): string {
  const bits: number[] = [];
  for (const { id } of outline) bits.push(Number(record.read.has(id)));
  for (const { id } of outline) bits.push(Number(record.reached.has(id)));
  for (const name of questionsOf(outline)) {
    const state = STATES.indexOf(record.answers.get(name));
    bits.push(state >> 1, state & 1);
  }
  const bytes = [VERSION, ...digest(outlineText(slug, outline)), outline.findIndex(({ id }) => id === record.at) + 1];
  for (let at = 0; at < bits.length; at += 8) {
    bytes.push(Array.from({ length: 8 }, (_, bit) => (bits[at + bit] ?? 0) << (7 - bit)).reduce((sum, each) => sum | each, 0));
  }
  return base64(bytes.concat(digest(String.fromCharCode(...bytes))));
}

/** Return the record of a code; undefined if it is damaged, or of another trail or edition. */
export function decodeProgress(slug: string, outline: Outline, code: string): Carried | undefined {
  const bytes = bytesOf(code);
  const questions = questionsOf(outline);
  const count = 2 * outline.length + 2 * questions.length;
  if (bytes?.length !== 4 + Math.ceil(count / 8) + 2 || (bytes[3] ?? 0) > outline.length) return undefined;
  const bit = (at: number): number => ((bytes[4 + (at >> 3)] ?? 0) >> (7 - (at & 7))) & 1;
  const idsFrom = (start: number): Set<string> => new Set(outline.flatMap(({ id }, at) => (bit(start + at) ? [id] : [])));
  const answers = new Map<string, AnswerState>();
  questions.forEach((name, at) => {
    const start = 2 * outline.length + 2 * at;
    const state = STATES[2 * bit(start) + bit(start + 1)];
    if (state) answers.set(name, state);
  });
  const record = { at: outline[(bytes[3] ?? 0) - 1]?.id ?? "", read: idsFrom(0), reached: idsFrom(outline.length), answers };
  // Equal only if version, outline, checksum and the bits that mean nothing are right.
  return encodeProgress(slug, outline, record) === code ? record : undefined;
}

function questionsOf(outline: Outline): string[] {
  return outline.flatMap(({ id, questions }) => Array.from({ length: questions }, (_, at) => `${id}.${at + 1}`));
}

function outlineText(slug: string, outline: Outline): string {
  return [slug, ...outline.map(({ id, questions }) => `${id}:${questions}`)].join("\n");
}

/** Return 16 bits of a text: FNV-1a of 32 bits, folded. */
function digest(text: string): [number, number] {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  const folded = (hash >>> 16) ^ (hash & 0xffff);
  return [folded >> 8, folded & 0xff];
}

function base64(bytes: readonly number[]): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function bytesOf(code: string): number[] | undefined {
  if (!/^[\w-]{8,400}$/.test(code)) return undefined;
  try {
    return [...atob(code.replaceAll("-", "+").replaceAll("_", "/"))].map((letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
}
