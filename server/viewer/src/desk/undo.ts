// What was there before each edit, and after those that were undone.

/** Edits to keep; a state is small, and shares its texts with the others. */
const MOST = 500;

export class Undo<State> {
  #past: State[] = [];
  #future: State[] = [];
  #now: State;

  constructor(now: State) {
    this.#now = now;
  }

  get now(): State {
    return this.#now;
  }

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  get canRedo(): boolean {
    return this.#future.length > 0;
  }

  push(next: State): void {
    if (next === this.#now) return;
    this.#past = [...this.#past, this.#now].slice(-MOST);
    this.#future = [];
    this.#now = next;
  }

  undo(): boolean {
    const before = this.#past.pop();
    if (before === undefined) return false;
    this.#future.push(this.#now);
    this.#now = before;
    return true;
  }

  redo(): boolean {
    const next = this.#future.pop();
    if (next === undefined) return false;
    this.#past.push(this.#now);
    this.#now = next;
    return true;
  }

  /** Go on from another state; what was there before is changed too, or forgotten. */
  rebase(now: State, change?: (state: State) => State): void {
    this.#now = now;
    [this.#past, this.#future] = change ? [this.#past.map(change), this.#future.map(change)] : [[], []];
  }
}
