// Fetch a file with its progress; go on where a lost connection left off.

export interface Wanted {
  url: string;
  bytes: number;
  type: string;
}

/** Waits between tries in milliseconds. */
const WAITS = [1000, 3000, 8000];

export class Fetching {
  #parts: Uint8Array<ArrayBuffer>[] = [];
  #done = 0;
  readonly wanted: Wanted;

  /** Prepare to fetch a file of so many bytes, as it is without compression. */
  constructor(wanted: Wanted) {
    this.wanted = wanted;
  }

  get done(): number {
    return this.#done;
  }

  /** Fetch what is missing. A call after a failure goes on from there; throws the last failure, or the abort. */
  async run(told: (done: number) => void, retried: () => void, signal: AbortSignal, waits = WAITS): Promise<Blob> {
    for (let turn = 0; ; turn += 1) {
      try {
        await this.#read(told, signal);
        return new Blob(this.#parts, { type: this.wanted.type });
      } catch (failure) {
        const wait = waits[turn];
        if (signal.aborted || wait === undefined) throw failure;
        retried();
        await pause(wait, signal);
      }
    }
  }

  /** A range is asked of the file as it is: browsers send "Accept-Encoding: identity" with one. */
  async #read(told: (done: number) => void, signal: AbortSignal): Promise<void> {
    if (this.#done === this.wanted.bytes) return;
    const headers: HeadersInit = this.#done ? { Range: `bytes=${this.#done}-` } : {};
    const answer = await fetch(this.wanted.url, { headers, signal });
    if (!answer.ok || !answer.body) throw new Error(`${this.wanted.url}: ${answer.status}`);
    if (answer.status !== 206) this.#forget();
    const reader = answer.body.getReader();
    for (let more = await reader.read(); !more.done; more = await reader.read()) {
      this.#parts.push(more.value);
      this.#done += more.value.length;
      told(this.#done);
    }
    if (this.#done < this.wanted.bytes) throw new Error(`${this.wanted.url}: cut off at ${this.#done} bytes`);
    if (this.#done > this.wanted.bytes) {
      this.#forget();
      throw new Error(`${this.wanted.url}: more bytes than it has`);
    }
  }

  #forget(): void {
    this.#parts = [];
    this.#done = 0;
  }
}

/** Wait, or until the network is back; throws when it is given up. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(end, milliseconds);
    function end(): void {
      clearTimeout(timer);
      globalThis.removeEventListener?.("online", end);
      signal.removeEventListener("abort", end);
      if (signal.aborted) reject(signal.reason as Error);
      else resolve();
    }
    globalThis.addEventListener?.("online", end);
    signal.addEventListener("abort", end);
  });
}
