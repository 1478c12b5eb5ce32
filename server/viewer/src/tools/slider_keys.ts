// Keys of a slider that is no <input>: arrows, Page Up and Page Down, Home and End.

/** Steps of Page Up and Page Down. */
const PAGE = 4;

/** Return the value of a slider from 0 to `most` after a key press; undefined for other keys. */
export function valueAfterKey(key: string, value: number, step: number, most: number): number | undefined {
  const values: Record<string, number> = {
    ArrowLeft: value - step, ArrowDown: value - step, ArrowRight: value + step, ArrowUp: value + step,
    PageDown: value - PAGE * step, PageUp: value + PAGE * step, Home: 0, End: most,
  };
  const after = values[key];
  return after === undefined ? undefined : Math.min(most, Math.max(0, after));
}
