// Download a pack: the missing files, some in parallel, resuming after lost connections.
import type { PackFile } from "../schema";
import { contentAddress, deletePieces, missingFiles, readPieces, saveCompletePack, saveContent, savePartialPack, savePiece, storedAddresses, type StoredPack, totalBytes, wireBytes } from "./pack_store";

/** Parallel requests: browsers allow six per host without a queue, and the page needs some. */
const CONNECTIONS = 4;
/** Delays between attempts, in milliseconds; they start over after progress. */
const WAITS = [1000, 3000, 8000];

export interface DownloadProgress {
  /** Bytes as transferred; files that were stored before count as done. */
  readonly done: number;
  readonly total: number;
  readonly files: number;
  readonly of: number;
  readonly secondsLeft: number | undefined;
  /** Whether the connection is lost and a retry is scheduled. */
  readonly isWaiting: boolean;
}

/** Return the needed and the available bytes if the quota is too small; undefined otherwise. */
export async function missingSpace(files: readonly PackFile[]): Promise<{ needed: number; free: number } | undefined> {
  const needed = totalBytes(missingFiles(files, await storedAddresses())).stored;
  const { quota, usage } = (await navigator.storage?.estimate?.()) ?? {};
  const free = quota === undefined ? Infinity : Math.max(0, quota - (usage ?? 0));
  return needed > free ? { needed, free } : undefined;
}

export class Download {
  readonly record: StoredPack;
  readonly #onProgress: (progress: DownloadProgress) => void;
  readonly #size: { total: number; files: number };
  readonly #inProgress = new Map<string, number>();
  /** Addresses with failed requests. */
  readonly #failedAddresses = new Set<string>();
  #doneBytes = 0;
  #doneFiles = 0;
  #startBytes = 0;
  #startTime = 0;
  #retryNow: (() => void) | undefined;

  constructor(record: StoredPack, onProgress: (progress: DownloadProgress) => void) {
    this.record = record;
    this.#onProgress = onProgress;
    this.#size = { total: totalBytes(record.pack.files).sent, files: missingFiles(record.pack.files, new Set()).length };
  }

  /** Fetch all missing files; return the addresses of invalid files. Throws the reason of the abort, or the last failure.

      bypassCache : whether files that were refused before are fetched without caches */
  async run(signal: AbortSignal, bypassCache = false, waits = WAITS): Promise<readonly string[]> {
    await savePartialPack({ ...this.record, refused: [] });
    const refused = new Set<string>();
    for (let attempt = 0; ; attempt += 1) {
      const before = await this.#countMissing();
      try {
        await this.#fetchAll(refused, signal, bypassCache ? this.record.refused : []);
        return await this.#finish([...refused]);
      } catch (failure) {
        if (signal.aborted || !(failure instanceof TypeError)) throw failure;
        if (this.#bytes() > before) attempt = 0;
        const wait = waits[attempt];
        if (wait === undefined) throw failure;
        this.#report(true);
        await this.#wait(wait, signal);
      }
    }
  }

  /** Retry now instead of waiting. */
  again(): void {
    this.#retryNow?.();
  }

  async #countMissing(): Promise<number> {
    const files = missingFiles(this.record.pack.files, new Set());
    const missingNow = missingFiles(files, await storedAddresses());
    this.#inProgress.clear();
    this.#doneFiles = files.length - missingNow.length;
    this.#doneBytes = this.#size.total - totalBytes(missingNow).sent;
    this.#startBytes = this.#doneBytes;
    this.#startTime = performance.now();
    this.#report(false);
    return this.#doneBytes;
  }

  async #fetchAll(refused: Set<string>, signal: AbortSignal, uncached: readonly string[]): Promise<void> {
    const queue = missingFiles(this.record.pack.files, await storedAddresses()).filter((file) => !refused.has(contentAddress(file)));
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    const connection = async (): Promise<void> => {
      for (let file = queue.shift(); file; file = queue.shift()) {
        await this.#fetchOne(file, refused, both, uncached.includes(contentAddress(file)));
      }
    };
    const failed = (failure: unknown): never => {
      stop.abort();
      throw failure;
    };
    const ends = await Promise.allSettled(Array.from({ length: CONNECTIONS }, () => connection().catch(failed)));
    const reasons = ends.flatMap((end) => (end.status === "rejected" ? [end.reason as unknown] : []));
    // The requests aborted after the first failure only report the abort.
    if (reasons.length) throw reasons.find((reason) => !(reason instanceof DOMException && reason.name === "AbortError")) ?? reasons[0];
  }

  async #fetchOne(file: PackFile, refused: Set<string>, signal: AbortSignal, bypassCache: boolean): Promise<void> {
    const address = contentAddress(file);
    const onProgress = (bytes: number): void => {
      this.#inProgress.set(address, file.bytes ? (bytes / file.bytes) * wireBytes(file) : 0);
      this.#report(false);
    };
    const avoidCompression = this.#failedAddresses.has(address);
    const isValid = await fetchFile(file, onProgress, signal, bypassCache, avoidCompression).catch((failure: unknown) => {
      if (failure instanceof TypeError && file.bytes) this.#failedAddresses.add(address);
      throw failure;
    });
    this.#inProgress.delete(address);
    if (isValid) {
      this.#doneFiles += 1;
      this.#doneBytes += wireBytes(file);
    } else {
      refused.add(address);
    }
    this.#report(false);
  }

  /** Complete the pack if all its files are stored; the browser may have evicted some meanwhile. */
  async #finish(refused: readonly string[]): Promise<readonly string[]> {
    const missingNow = missingFiles(this.record.pack.files, await storedAddresses()).map(contentAddress);
    const failed = [...new Set([...refused, ...missingNow])];
    if (failed.length) await savePartialPack({ ...this.record, refused: failed });
    else await saveCompletePack({ ...this.record, taken: new Date().toISOString() });
    return failed;
  }

  #bytes(): number {
    return [...this.#inProgress.values()].reduce((sum, bytes) => sum + bytes, this.#doneBytes);
  }

  #report(isWaiting: boolean): void {
    const done = this.#bytes();
    const seconds = (performance.now() - this.#startTime) / 1000;
    const rate = (done - this.#startBytes) / seconds;
    const secondsLeft = seconds > 1 && rate > 0 ? (this.#size.total - done) / rate : undefined;
    this.#onProgress({ done, total: this.#size.total, files: this.#doneFiles, of: this.#size.files, secondsLeft, isWaiting });
  }

  /** Wait until the time is over, the network is back, or the visitor retries. */
  #wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        removeEventListener("online", end);
        signal.removeEventListener("abort", end);
        this.#retryNow = undefined;
        if (signal.aborted) reject(signal.reason as Error);
        else resolve();
      };
      const timer = setTimeout(end, milliseconds);
      addEventListener("online", end);
      signal.addEventListener("abort", end);
      this.#retryNow = end;
    });
  }
}

// Files: the pieces of a large one are stored, so that closing the page loses little.

/** Bytes of a piece: three seconds on a slow connection. */
const PIECE_BYTES = 512 * 1024;

/** Fetch, check and store a file; return false if it differs from the published one, and store nothing then.

    onProgress : called with the number of received bytes
    bypassCache : whether to bypass all caches
    avoidCompression : whether to request uncompressed bytes: corrupt compressed data looks like a lost connection */
export async function fetchFile(
  file: PackFile, onProgress: (bytes: number) => void, signal: AbortSignal, bypassCache: boolean, avoidCompression: boolean,
): Promise<boolean> {
  const address = contentAddress(file);
  const isLarge = file.bytes > PIECE_BYTES;
  let parts = isLarge && !bypassCache ? await readPieces(address) : [];
  let done = lengthOf(parts);
  if (done < file.bytes) {
    const headers: HeadersInit = done || avoidCompression ? { Range: `bytes=${done}-` } : {};
    const response = await fetch(address, { headers, signal, cache: bypassCache ? "reload" : "default" });
    if (!response.ok || !response.body) return checkFailure(address, response);
    if (response.status !== 206 && done) {
      await deletePieces(address);
      parts = [];
      done = 0;
    }
    let saved = done;
    let unsaved: Uint8Array<ArrayBuffer>[] = [];
    const store = async (): Promise<void> => {
      if (!isLarge || !unsaved.length) return;
      await savePiece(address, saved, concatenate(unsaved));
      saved += lengthOf(unsaved);
      unsaved = [];
    };
    const reader = response.body.getReader();
    try {
      for (let chunk = await reader.read(); !chunk.done && done <= file.bytes; chunk = await reader.read()) {
        parts.push(chunk.value);
        unsaved.push(chunk.value);
        done += chunk.value.length;
        onProgress(Math.min(done, file.bytes));
        if (done - saved >= PIECE_BYTES && done < file.bytes) await store();
      }
    } catch (failure) {
      await store();
      throw failure;
    }
  }
  const isValid = await saveContent(file, concatenate(parts));
  if (isLarge) await deletePieces(address);
  return isValid;
}

/** Return false if the host does not have the file; throw for other failures, which may be temporary. */
function checkFailure(address: string, response: Response): false {
  if (response.status === 404 || response.status === 410) return false;
  throw new TypeError(`${address}: ${response.status}`);
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function concatenate(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  if (parts.length === 1) return parts[0] as Uint8Array<ArrayBuffer>;
  const total = new Uint8Array(lengthOf(parts));
  let at = 0;
  for (const part of parts) {
    total.set(part, at);
    at += part.length;
  }
  return total;
}
