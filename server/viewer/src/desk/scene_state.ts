// The fields of a place that are edited on its model, by name, as its form has them: see pipeline/carreau/desk/form_state.py.
//
// "annotation.2.title" is a field of a row; "annotation" has an order of rows. A row has the number that it was read with,
// or a name, "n0", as long as it is not saved. A state is never changed: each edit makes another, which undo returns to.

export interface SceneState {
  readonly values: Readonly<Record<string, string>>;
  readonly orders: Readonly<Record<string, readonly string[]>>;
}

/** New names of rows that an earlier state has and the saved one has not. */
const FIRST_FREE = 5000;

export function rowsOf(state: SceneState, array: string): readonly string[] {
  return state.orders[array] ?? [];
}

export function valueOf(state: SceneState, name: string): string {
  return state.values[name] ?? "";
}

export function withValues(state: SceneState, values: Readonly<Record<string, string>>): SceneState {
  return { ...state, values: { ...state.values, ...values } };
}

/** Add a row at the end of an array; its values are by key. Return its name, too. */
export function withRow(state: SceneState, array: string, values: Readonly<Record<string, string>>): [SceneState, string] {
  const taken = new Set([...Object.keys(state.values), ...rowsOf(state, array).map((row) => `${array}.${row}`)].flatMap((name) => rowIn(name, array) ?? []));
  let number = 0;
  while (taken.has(`n${number}`)) number += 1;
  const row = `n${number}`;
  const named = Object.fromEntries(Object.entries(values).map(([key, value]) => [`${array}.${row}.${key}`, value]));
  const orders = { ...state.orders, [array]: [...rowsOf(state, array), row] };
  return [{ values: { ...state.values, ...named }, orders }, row];
}

export function withoutRow(state: SceneState, array: string, row: string): SceneState {
  const isKept = ([name]: readonly [string, unknown]) => !name.startsWith(`${array}.${row}.`);
  const orders = Object.fromEntries(Object.entries(state.orders).filter(isKept));
  return {
    values: Object.fromEntries(Object.entries(state.values).filter(isKept)),
    orders: { ...orders, [array]: rowsOf(state, array).filter((each) => each !== row) },
  };
}

/** Exchange a row with the one before (-1) or behind it (1), of those that are shown; the same state at an end. */
export function withMovedRow(state: SceneState, array: string, row: string, by: -1 | 1, shown = rowsOf(state, array)): SceneState {
  const other = shown[shown.indexOf(row) + by];
  if (other === undefined) return state;
  const order = rowsOf(state, array).map((each) => (each === row ? other : each === other ? row : each));
  return { ...state, orders: { ...state.orders, [array]: order } };
}

/**
 * Return an earlier state with the names that rows have once another one is saved: their places in it.
 *
 * A row that the saved state has not gets a name of its own, and would be added again.
 */
export function renumbered(state: SceneState, saved: SceneState): SceneState {
  const arrays = new Set([...Object.keys(state.orders), ...Object.keys(saved.orders)]);
  const fresh = new Map<string, string>();
  const rowNow = (array: string, row: string) => {
    const place = rowsOf(saved, array).indexOf(row);
    if (place >= 0) return String(place);
    const key = `${array}.${row}`;
    if (!fresh.has(key)) fresh.set(key, `n${FIRST_FREE + fresh.size}`);
    return fresh.get(key) as string;
  };
  const nameNow = (name: string) => {
    const now: string[] = [];
    const before: string[] = [];
    for (const step of name.split(".")) {
      const array = before.join(".");
      now.push(arrays.has(array) ? rowNow(array, step) : step);
      before.push(step);
    }
    return now.join(".");
  };
  const orders = Object.entries(state.orders).map(([array, rows]) => [nameNow(array), rows.map((row) => rowNow(array, row))] as const);
  return {
    values: Object.fromEntries(Object.entries(state.values).map(([name, value]) => [nameNow(name), value])),
    orders: Object.fromEntries(orders),
  };
}

/** Return a short name for links from a title, which none of the others is. */
export function freeId(title: string, others: readonly string[], otherwise: string): string {
  const plain = title.normalize("NFKD").replace(/[œŒ]/g, "oe").replace(/[æÆ]/g, "ae").replace(/\p{M}/gu, "").toLowerCase();
  const name = plain.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60).replace(/-+$/, "") || otherwise;
  let [id, number] = [name, 2];
  while (others.includes(id)) id = `${name}-${number++}`;
  return id;
}

function rowIn(name: string, array: string): string | undefined {
  return name.startsWith(`${array}.`) ? name.slice(array.length + 1).split(".")[0] : undefined;
}
