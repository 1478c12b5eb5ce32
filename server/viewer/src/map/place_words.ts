// Words of a page that has a map, which it brings along, and distances as its language says them.
import { bearing, type Direction, compassPoint, distance, type Point } from "../geo/sphere";

export class PlaceWords {
  readonly #lang: string;
  readonly #words: Record<string, string>;

  constructor(lang: string, words: Record<string, string>) {
    this.#lang = lang;
    this.#words = words;
  }

  /** Say something, with values put into its {places}. */
  t(name: string, values: Record<string, string | number> = {}): string {
    return (this.#words[name] ?? name).replace(/\{(\w+)\}/g, (_, key: string) => String(values[key] ?? ""));
  }

  /** Say how far something is, no finer than a phone knows: steps of 5 m, of 10 m from 100 m on, of 0.1 km from 1 km on. */
  metres(length: number): string {
    const step = length < 97.5 ? 5 : 10;
    const rounded = Math.round(length / step) * step;
    if (rounded < 1000) return this.#unit("meter", rounded, 0);
    return this.#unit("kilometer", length / 1000, length < 99_950 ? 1 : 0);
  }

  /** Say how far away something is, and where; of what may lie on any side of a position, no more than that it is near. */
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

/** Return the words that a part of a page brings along. */
export function readWords(panel: HTMLElement): PlaceWords {
  const words = JSON.parse(panel.dataset["words"] ?? "{}") as Record<string, string>;
  return new PlaceWords(document.documentElement.lang, words);
}
