// Where counters are between two steps.
export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Shown extends Place {
  readonly opacity: number;
}

export const MOTION_MS = 900;

/** Return the share of a way that is behind after a share of the time: slow, fast, slow. */
export function eased(share: number): number {
  return share < 0.5 ? 4 * share ** 3 : 1 - (2 - 2 * share) ** 3 / 2;
}

/** Return every counter of both steps at a share of the time between them; who comes appears, who goes fades. */
export function between(from: ReadonlyMap<string, Place>, to: ReadonlyMap<string, Place>, share: number): Map<string, Shown> {
  const way = eased(share);
  const shown = new Map<string, Shown>();
  for (const [key, there] of to) {
    const here = from.get(key);
    const x = here ? here.x + (there.x - here.x) * way : there.x;
    const y = here ? here.y + (there.y - here.y) * way : there.y;
    shown.set(key, { x, y, opacity: here ? 1 : share });
  }
  for (const [key, here] of from) if (!to.has(key) && share < 1) shown.set(key, { ...here, opacity: 1 - share });
  return shown;
}

/** Read the position that a counter has in its picture. */
export function placeOf(transform: string): Place {
  const [x, y] = transform.replace(/[^-\d. ]/g, "").trim().split(/\s+/).map(Number);
  return { x: x ?? 0, y: y ?? 0 };
}
