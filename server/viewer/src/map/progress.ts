// Store the stops of a walk that were reached, on this device, for a day: only their numbers.
//
// The record outlives the page, as each scanned plate opens the page again, and the tab, as many phones open a new one.
import { deleteStored, type LocalStore, localStore, readStored, writeStored } from "../local_store";

export const DAY_MS = 86_400_000;

export class WalkProgress {
  readonly #key: string;
  readonly #now: () => number;
  readonly #store: LocalStore | undefined;
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
    writeStored(this.#store, this.#key, { stops: [...this.#reached], until: this.#now() + DAY_MS });
  }

  forget(): void {
    this.#reached.clear();
    deleteStored(this.#store, this.#key);
  }

  #load(): number[] {
    const record = readStored(this.#store, this.#key) as { stops?: unknown; until?: unknown } | undefined;
    if (Array.isArray(record?.stops) && Number(record.until) > this.#now()) return record.stops.filter(Number.isInteger);
    if (record) deleteStored(this.#store, this.#key);
    return [];
  }
}
