// The storage of this device, where the browser allows it.

export type LocalStore = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Return the storage; undefined where it is forbidden, and in a frame of another page, which stores nothing. */
export function localStore(): LocalStore | undefined {
  try {
    return window.parent === window ? localStorage : undefined;
  } catch {
    return undefined;
  }
}

/** Read a JSON value; undefined where there is none, or where it is damaged. */
export function readStored(store: LocalStore | undefined, key: string): unknown {
  try {
    return JSON.parse(store?.getItem(key) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

/** Write a JSON value; a full or forbidden storage is no error: the page has it in memory. */
export function writeStored(store: LocalStore | undefined, key: string, value: unknown): void {
  try {
    store?.setItem(key, JSON.stringify(value));
  } catch {
    // See above.
  }
}

/** Delete a value. */
export function deleteStored(store: LocalStore | undefined, key: string): void {
  try {
    store?.removeItem(key);
  } catch {
    // Forbidden: then nothing was stored.
  }
}
