// Store the stops of a walk that were reached, on this device, for a day: only their numbers.
//
// The record outlives the page, as each scanned plate opens the page again, and the tab, as many phones open a new one.
export const DAY_MS = 86_400_000;

export class WalkProgress {
  readonly #key: string;
  readonly #now: () => number;
  readonly #store: Pick<Storage, "getItem" | "setItem" | "removeItem"> | undefined;
  readonly #reached: Set<number>;

  constructor(slug: string, store = localStore(), now: () => number = Date.now) {
    this.#key = `carreau-walk-${slug}`;
    this.#now = now;
    this.#store = store;
    this.#reached = new Set(this.#load());
  }

  get reached(): ReadonlySet<number> {
    return this.#reached;
  }

  add(stop: number): void {
    this.#reached.add(stop);
    const record = JSON.stringify({ stops: [...this.#reached], until: this.#now() + DAY_MS });
    try {
      this.#store?.setItem(this.#key, record);
    } catch {
      // Storage is full or forbidden; this page keeps it in memory.
    }
  }

  forget(): void {
    this.#reached.clear();
    this.#store?.removeItem(this.#key);
  }

  #load(): number[] {
    try {
      const record = JSON.parse(this.#store?.getItem(this.#key) ?? "null") as { stops?: unknown; until?: unknown } | null;
      if (Array.isArray(record?.stops) && Number(record.until) > this.#now()) return record.stops.filter(Number.isInteger);
      if (record) this.#store?.removeItem(this.#key);
    } catch {
      // Not a valid record: start with an empty one.
    }
    return [];
  }
}

function localStore(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}
