// Strings that a page with a map carries, and distances in its language.
import { bearing, compassPoint, type Direction, distance, type Point } from "../geo/sphere";

export class PlaceWords {
  readonly #lang: string;
  readonly #words: Record<string, string>;

  constructor(lang: string, words: Record<string, string>) {
    this.#lang = lang;
    this.#words = words;
  }

  /** Translate: return the string of a name, with its {placeholders} filled in. */
  t(name: string, values: Record<string, string | number> = {}): string {
    return (this.#words[name] ?? name).replace(/\{(\w+)\}/g, (_, key: string) => String(values[key] ?? ""));
  }

  /** Format a distance, no finer than the accuracy of a phone: steps of 5 m, from 100 m of 10 m, from 1 km of 0.1 km. */
  metres(length: number): string {
    const step = length < 97.5 ? 5 : 10;
    const rounded = Math.round(length / step) * step;
    if (rounded < 1000) return this.#unit("meter", rounded, 0);
    return this.#unit("kilometer", length / 1000, length < 99_950 ? 1 : 0);
  }

  /** Format distance and direction; if the point is within the accuracy, only that it is near. */
  away(from: Point & { accuracy?: number }, to: Point): string {
    const length = distance(from, to);
    const around = Math.ceil((from.accuracy ?? 0) / 5) * 5;
    if (length < around) return this.t("close", { distance: this.metres(around) });
    const point: Direction = compassPoint(bearing(from, to));
    return this.t(point, { distance: this.metres(length) });
  }

  #unit(unit: string, value: number, digits: number): string {
    const format = { style: "unit", unit, maximumFractionDigits: digits } as const;
    return new Intl.NumberFormat(this.#lang, format).format(value);
  }
}

/** Return the strings of a panel. */
export function readWords(panel: HTMLElement): PlaceWords {
  const words = JSON.parse(panel.dataset["words"] ?? "{}") as Record<string, string>;
  return new PlaceWords(document.documentElement.lang, words);
}
