// Fetch a file with progress, resuming after lost connections.

/** priority : beside other requests of the page, for servers and browsers that know priorities */
export interface FileRequest {
  url: string;
  bytes: number;
  type: string;
  priority?: RequestPriority;
}

/** Delays between attempts, in milliseconds. */
const WAITS = [1000, 3000, 8000];

export class ResumableFetch {
  #parts: Uint8Array<ArrayBuffer>[] = [];
  #done = 0;
  readonly request: FileRequest;

  /** request : the file, with its size without compression */
  constructor(request: FileRequest) {
    this.request = request;
  }

  get done(): number {
    return this.#done;
  }

  /** Return the first bytes that are here, at most so many, as a copy. */
  head(most: number): Uint8Array<ArrayBuffer> {
    const head = new Uint8Array(Math.min(most, this.#done));
    let at = 0;
    for (const part of this.#parts) {
      if (at >= head.length) break;
      head.set(part.subarray(0, head.length - at), at);
      at += part.length;
    }
    return head;
  }

  /** Fetch the missing bytes. A call after a failure resumes. Throws the last failure, or the reason of the abort. */
  async run(onProgress: (done: number) => void, onRetry: () => void, signal: AbortSignal, waits = WAITS): Promise<Blob> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.#fetchRest(onProgress, signal);
        return new Blob(this.#parts, { type: this.request.type });
      } catch (failure) {
        const wait = waits[attempt];
        if (signal.aborted || wait === undefined) throw failure;
        onRetry();
        await waitForNetwork(wait, signal);
      }
    }
  }

  /** Ranges count uncompressed bytes: browsers send "Accept-Encoding: identity" with a range. */
  async #fetchRest(onProgress: (done: number) => void, signal: AbortSignal): Promise<void> {
    if (this.#done === this.request.bytes) return;
    const headers: HeadersInit = this.#done ? { Range: `bytes=${this.#done}-` } : {};
    const response = await fetch(this.request.url, { headers, signal, priority: this.request.priority ?? "auto" });
    if (!response.ok || !response.body) throw new Error(`${this.request.url}: ${response.status}`);
    if (response.status !== 206) this.#reset();
    const reader = response.body.getReader();
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      this.#parts.push(chunk.value);
      this.#done += chunk.value.length;
      onProgress(this.#done);
    }
    if (this.#done < this.request.bytes) throw new Error(`${this.request.url}: cut off at ${this.#done} bytes`);
    if (this.#done > this.request.bytes) {
      this.#reset();
      throw new Error(`${this.request.url}: more bytes than it has`);
    }
  }

  #reset(): void {
    this.#parts = [];
    this.#done = 0;
  }
}

/** Wait until the time is over or the network is back; throws the reason of an abort. */
function waitForNetwork(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(finish, milliseconds);
    function finish(): void {
      clearTimeout(timer);
      globalThis.removeEventListener?.("online", finish);
      signal.removeEventListener("abort", finish);
      if (signal.aborted) reject(signal.reason as Error);
      else resolve();
    }
    globalThis.addEventListener?.("online", finish);
    signal.addEventListener("abort", finish);
  });
}
