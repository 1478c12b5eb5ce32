// What a visitor has read, reached and answered of a trail, on this device only, until "begin again".
import { deleteStored, type LocalStore, localStore, readStored, writeStored } from "../local_store";

export type AnswerState = "right" | "seen";

/** The chapters of a trail, each with its number of questions. */
export type Outline = readonly { readonly id: string; readonly questions: number }[];

export interface ProgressRecord {
  /** The chapter that is open; empty before the first. */
  at: string;
  read: Set<string>;
  /** Chapters whose place was reached. */
  reached: Set<string>;
  /** By question, "chapter.number". */
  answers: Map<string, AnswerState>;
  /** Seconds into the sounds of chapters. */
  sounds: Map<string, number>;
}

const VERSION = 1;

export class TrailProgress {
  readonly outline: Outline;
  readonly #key: string;
  readonly #store: LocalStore | undefined;
  #record: ProgressRecord;

  constructor(slug: string, outline: Outline, store = localStore()) {
    this.#key = `carreau-trail-${slug}`;
    this.outline = outline;
    this.#store = store;
    this.#record = parseRecord(readStored(store, this.#key), outline);
  }

  get record(): Readonly<ProgressRecord> {
    return this.#record;
  }

  /** Whether anything is known. */
  get isBegun(): boolean {
    const { at, read, reached, answers } = this.#record;
    return !!read.size || !!reached.size || !!answers.size || (!!at && at !== this.outline[0]?.id);
  }

  /** Change the record, and store it at once: a phone may end the page at any moment. */
  change(edit: (record: ProgressRecord) => void): void {
    edit(this.#record);
    const { at, read, reached, answers, sounds } = this.#record;
    const stored = { version: VERSION, at, read: [...read], reached: [...reached], answers: Object.fromEntries(answers), sounds: Object.fromEntries(sounds) };
    writeStored(this.#store, this.#key, stored);
  }

  /** Read again what another window has stored. */
  refresh(): void {
    this.#record = parseRecord(readStored(this.#store, this.#key), this.outline);
  }

  /** Note an answer; what was answered right stays so. */
  answer(question: string, state: AnswerState): void {
    if (this.#record.answers.get(question) === "right") return;
    this.change(({ answers }) => answers.set(question, state));
  }

  /** Add what was carried over from another device. */
  merge(other: Omit<ProgressRecord, "sounds">): void {
    this.change((record) => {
      record.at = other.at || record.at;
      for (const each of other.read) record.read.add(each);
      for (const each of other.reached) record.reached.add(each);
      for (const [question, state] of other.answers) if (record.answers.get(question) !== "right") record.answers.set(question, state);
    });
  }

  beginAgain(): void {
    this.#record = emptyRecord();
    deleteStored(this.#store, this.#key);
  }

  /** Whether a key of the storage is this one. */
  isKey(key: string | null): boolean {
    return key === null || key === this.#key;
  }
}

function emptyRecord(): ProgressRecord {
  return { at: "", read: new Set(), reached: new Set(), answers: new Map(), sounds: new Map() };
}

/** Return a stored record without what the trail does not have; empty if it is damaged. */
export function parseRecord(stored: unknown, outline: Outline): ProgressRecord {
  const record = emptyRecord();
  if (!isObject(stored) || stored["version"] !== VERSION) return record;
  const ids = new Set(outline.map(({ id }) => id));
  const questions = new Set(outline.flatMap(({ id, questions }) => Array.from({ length: questions }, (_, at) => `${id}.${at + 1}`)));
  const known = (value: unknown): string[] => (Array.isArray(value) ? value.filter((each) => ids.has(each)) : []);
  const entries = (value: unknown): [string, unknown][] => (isObject(value) ? Object.entries(value) : []);
  record.at = known([stored["at"]])[0] ?? "";
  record.read = new Set(known(stored["read"]));
  record.reached = new Set(known(stored["reached"]));
  for (const [name, state] of entries(stored["answers"])) {
    if (questions.has(name) && (state === "right" || state === "seen")) record.answers.set(name, state);
  }
  for (const [name, seconds] of entries(stored["sounds"])) {
    if (ids.has(name) && typeof seconds === "number" && seconds > 0 && seconds < 86_400) record.sounds.set(name, seconds);
  }
  return record;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
