// Bring a pack onto the device: what is missing, a few files at a time, through lost connections.
import type { PackFile } from "../schema";
import { addressOf, dropPieces, type Held, keep, keepPiece, missing, noteComing, noteHere, pieces, sent, sizes, stored } from "./pack_store";

/** Files at a time: what a browser asks of one host without a queue, with some left for the page. */
const LANES = 4;
/** Waits between tries in milliseconds; what has come since begins them anew. */
const WAITS = [1000, 3000, 8000];

export interface Progress {
  /** Bytes as they go over the wire; what was stored before counts as done. */
  readonly done: number;
  readonly whole: number;
  readonly files: number;
  readonly of: number;
  readonly secondsLeft: number | undefined;
  /** Whether the connection is lost, and another try waits. */
  readonly isWaiting: boolean;
}

/** Return what is needed and what the browser gives in bytes, where it says so and it is too little. */
export async function lackOfRoom(files: readonly PackFile[]): Promise<{ wanted: number; free: number } | undefined> {
  const wanted = sizes(missing(files, await stored())).stored;
  const { quota, usage } = (await navigator.storage?.estimate?.()) ?? {};
  const free = quota === undefined ? Infinity : Math.max(0, quota - (usage ?? 0));
  return wanted > free ? { wanted, free } : undefined;
}

export class Download {
  readonly held: Held;
  readonly #told: (progress: Progress) => void;
  readonly #size: { whole: number; files: number };
  readonly #coming = new Map<string, number>();
  /** Addresses that have failed. */
  readonly #failed = new Set<string>();
  #doneBytes = 0;
  #doneFiles = 0;
  #startBytes = 0;
  #begun = 0;
  #again: (() => void) | undefined;

  constructor(held: Held, told: (progress: Progress) => void) {
    this.held = held;
    this.#told = told;
    this.#size = { whole: sizes(held.pack.files).sent, files: missing(held.pack.files, new Set()).length };
  }

  /** Fetch all that is missing; returns the addresses that were refused. Throws the abort, or why it cannot go on.

      isAnew : whether what was refused before is asked of the host itself */
  async run(signal: AbortSignal, isAnew = false, waits = WAITS): Promise<readonly string[]> {
    await noteComing({ ...this.held, refused: [] });
    const refused = new Set<string>();
    for (let turn = 0; ; turn += 1) {
      const before = await this.#begin();
      try {
        await this.#lanes(refused, signal, isAnew ? this.held.refused : []);
        return await this.#end([...refused]);
      } catch (failure) {
        if (signal.aborted || !(failure instanceof TypeError)) throw failure;
        if (this.#bytes() > before) turn = 0;
        const wait = waits[turn];
        if (wait === undefined) throw failure;
        this.#tell(true);
        await this.#pause(wait, signal);
      }
    }
  }

  /** Try again now, where a try waits. */
  again(): void {
    this.#again?.();
  }

  async #begin(): Promise<number> {
    const all = missing(this.held.pack.files, new Set());
    const lacking = missing(all, await stored());
    this.#coming.clear();
    this.#doneFiles = all.length - lacking.length;
    this.#doneBytes = this.#size.whole - sizes(lacking).sent;
    this.#startBytes = this.#doneBytes;
    this.#begun = performance.now();
    this.#tell(false);
    return this.#doneBytes;
  }

  async #lanes(refused: Set<string>, signal: AbortSignal, anew: readonly string[]): Promise<void> {
    const queue = missing(this.held.pack.files, await stored()).filter((file) => !refused.has(addressOf(file)));
    const broken = new AbortController();
    const both = AbortSignal.any([signal, broken.signal]);
    const lane = async (): Promise<void> => {
      for (let file = queue.shift(); file; file = queue.shift()) {
        await this.#one(file, refused, both, anew.includes(addressOf(file)));
      }
    };
    const failed = (failure: unknown): never => {
      broken.abort();
      throw failure;
    };
    const ends = await Promise.allSettled(Array.from({ length: LANES }, () => lane().catch(failed)));
    const reasons = ends.flatMap((end) => (end.status === "rejected" ? [end.reason as unknown] : []));
    // The lanes that were stopped with the first say only that they were.
    if (reasons.length) throw reasons.find((reason) => !(reason instanceof DOMException && reason.name === "AbortError")) ?? reasons[0];
  }

  async #one(file: PackFile, refused: Set<string>, signal: AbortSignal, isAnew: boolean): Promise<void> {
    const address = addressOf(file);
    const told = (bytes: number): void => {
      this.#coming.set(address, file.bytes ? (bytes / file.bytes) * sent(file) : 0);
      this.#tell(false);
    };
    const isPlain = this.#failed.has(address);
    const isRight = await fetchFile(file, told, signal, isAnew, isPlain).catch((failure: unknown) => {
      if (failure instanceof TypeError && file.bytes) this.#failed.add(address);
      throw failure;
    });
    this.#coming.delete(address);
    if (isRight) {
      this.#doneFiles += 1;
      this.#doneBytes += sent(file);
    } else {
      refused.add(address);
    }
    this.#tell(false);
  }

  /** A pack is there when every file of it is: one that browsers let go meanwhile is missed here. */
  async #end(refused: readonly string[]): Promise<readonly string[]> {
    const lacking = missing(this.held.pack.files, await stored()).map(addressOf);
    const wrong = [...new Set([...refused, ...lacking])];
    if (wrong.length) await noteComing({ ...this.held, refused: wrong });
    else await noteHere({ ...this.held, taken: new Date().toISOString() });
    return wrong;
  }

  #bytes(): number {
    return [...this.#coming.values()].reduce((sum, bytes) => sum + bytes, this.#doneBytes);
  }

  #tell(isWaiting: boolean): void {
    const done = this.#bytes();
    const seconds = (performance.now() - this.#begun) / 1000;
    const rate = (done - this.#startBytes) / seconds;
    const secondsLeft = seconds > 1 && rate > 0 ? (this.#size.whole - done) / rate : undefined;
    this.#told({ done, whole: this.#size.whole, files: this.#doneFiles, of: this.#size.files, secondsLeft, isWaiting });
  }

  /** Wait a while, or until the network is back or somebody asks for it. */
  #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        removeEventListener("online", end);
        signal.removeEventListener("abort", end);
        this.#again = undefined;
        if (signal.aborted) reject(signal.reason as Error);
        else resolve();
      };
      const timer = setTimeout(end, milliseconds);
      addEventListener("online", end);
      signal.addEventListener("abort", end);
      this.#again = end;
    });
  }
}

// Fetch a file of a pack, and keep the pieces of a large one, so that a closed page loses little of it.

/** Bytes of a piece: three seconds of a slow connection. */
const PIECE = 512 * 1024;

/** Fetch, check and store a file; false where it is not as it was published, and then nothing of it is kept.

    told : hears how many bytes of the file are there
    isAnew : whether to ask the host itself, and none of the copies on the way
    isPlain : whether to ask for the bytes as they are: a wrong one in compressed bytes looks like a lost connection */
export async function fetchFile(
  file: PackFile, told: (bytes: number) => void, signal: AbortSignal, isAnew: boolean, isPlain: boolean,
): Promise<boolean> {
  const address = addressOf(file);
  const isLarge = file.bytes > PIECE;
  let parts = isLarge && !isAnew ? await pieces(address) : [];
  let done = lengthOf(parts);
  if (done < file.bytes) {
    const headers: HeadersInit = done || isPlain ? { Range: `bytes=${done}-` } : {};
    const answer = await fetch(address, { headers, signal, cache: isAnew ? "reload" : "default" });
    if (!answer.ok || !answer.body) return refusedOrThrown(address, answer);
    if (answer.status !== 206 && done) {
      await dropPieces(address);
      parts = [];
      done = 0;
    }
    let kept = done;
    let fresh: Uint8Array<ArrayBuffer>[] = [];
    const store = async (): Promise<void> => {
      if (!isLarge || !fresh.length) return;
      await keepPiece(address, kept, joined(fresh));
      kept += lengthOf(fresh);
      fresh = [];
    };
    const reader = answer.body.getReader();
    try {
      for (let more = await reader.read(); !more.done && done <= file.bytes; more = await reader.read()) {
        parts.push(more.value);
        fresh.push(more.value);
        done += more.value.length;
        told(Math.min(done, file.bytes));
        if (done - kept >= PIECE && done < file.bytes) await store();
      }
    } catch (failure) {
      await store();
      throw failure;
    }
  }
  const isRight = await keep(file, joined(parts));
  if (isLarge) await dropPieces(address);
  return isRight;
}

/** A host that answers that there is no such file will not have it later; any other failure may pass. */
function refusedOrThrown(address: string, answer: Response): false {
  if (answer.status === 404 || answer.status === 410) return false;
  throw new TypeError(`${address}: ${answer.status}`);
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function joined(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  if (parts.length === 1) return parts[0] as Uint8Array<ArrayBuffer>;
  const whole = new Uint8Array(lengthOf(parts));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
