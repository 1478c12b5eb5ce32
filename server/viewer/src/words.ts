// Words of the viewer in the page's language, and texts of the catalogue with the language that they are in.
import { h } from "./dom";
import type { Text } from "./schema";

/** What is needed to begin: words by name, and where the libraries are. */
export interface StartDocument {
  lang: string;
  words: Record<string, string>;
  library: string;
  basis: string;
  draco: string;
  meshopt: string;
}

export class Words {
  readonly lang: string;
  readonly #words: Record<string, string>;
  /** Sizes are said again and again while a file comes, and a format takes a while to make. */
  readonly #sizes: Intl.NumberFormat[] = [];

  constructor(start: StartDocument) {
    this.lang = start.lang;
    this.#words = start.words;
  }

  /** Say something, with values put into their {places}. */
  t(name: string, values: Record<string, string> = {}): string {
    return (this.#words[name] ?? name).replace(/\{(\w+)\}/g, (_, key: string) => values[key] ?? "");
  }

  size(bytes: number): string {
    const isLarge = bytes >= 999_500;
    const format: Intl.NumberFormatOptions = {
      style: "unit",
      unit: isLarge ? "megabyte" : "kilobyte",
      maximumFractionDigits: isLarge ? 1 : 0,
      minimumFractionDigits: isLarge ? 1 : 0,
    };
    const formatter = (this.#sizes[Number(isLarge)] ??= new Intl.NumberFormat(this.lang, format));
    return formatter.format(bytes / (isLarge ? 1e6 : 1e3));
  }

  metres(length: number): string {
    const digits = length < 10 ? 2 : 1;
    const format: Intl.NumberFormatOptions = { style: "unit", unit: "meter", maximumFractionDigits: digits };
    return new Intl.NumberFormat(this.lang, { ...format, minimumFractionDigits: digits }).format(length);
  }

  /** Return a long way in whole metres, or in kilometres. */
  distance(length: number): string {
    const isFar = length >= 999.5;
    const format: Intl.NumberFormatOptions = { style: "unit", unit: isFar ? "kilometer" : "meter", maximumFractionDigits: isFar ? 1 : 0 };
    return new Intl.NumberFormat(this.lang, format).format(isFar ? length / 1000 : length);
  }

  degrees(angle: number): string {
    return `${new Intl.NumberFormat(this.lang, { maximumFractionDigits: 0 }).format(Math.round(angle) || 0)}°`;
  }

  /** Return degrees as maps have them, to about a metre. */
  coordinate(angle: number): string {
    return `${new Intl.NumberFormat(this.lang, { minimumFractionDigits: 5, maximumFractionDigits: 5 }).format(angle)}°`;
  }

  /** Return an hour, 13.5, as clocks show it. */
  clock(hour: number): string {
    const format: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "UTC" };
    return new Intl.DateTimeFormat(this.lang, format).format(hour * 3_600_000);
  }

  /** Return the name of a language. */
  language(code: string): string {
    return new Intl.DisplayNames(this.lang, { type: "language" }).of(code) ?? code;
  }

  percent(share: number): string {
    return new Intl.NumberFormat(this.lang, { style: "percent" }).format(share);
  }

  /** Return a text on one line, marked where it is in another language or nobody has proofread it. */
  text(text: Text): HTMLSpanElement {
    return h("span", text.lang === this.lang ? {} : { lang: text.lang }, plainText(text.text), ...this.#marks(text));
  }

  /** Return the paragraphs of a text. */
  paragraphs(text: Text | undefined): HTMLElement[] {
    if (!text) return [];
    const paragraphs = text.text.split(/\n\s*\n/).map((part) => h("p", text.lang === this.lang ? {} : { lang: text.lang }, plainText(part)));
    paragraphs.at(-1)?.append(...this.#marks(text));
    return paragraphs;
  }

  #marks(text: Text): Node[] {
    const signs: [string, string][] = [];
    if (text.lang !== this.lang) signs.push([text.lang, this.t("other_language")]);
    if (text.standing === "unreviewed") signs.push(["*", this.t("unreviewed")]);
    if (text.standing === "stale") signs.push(["†", this.t("stale")]);
    return signs.map(([sign, title]) => h("small", { title, part: "mark", class: "mark", lang: this.lang }, sign));
  }
}

/** Return a text without its links: "[the pit](site:pit)" is "the pit". */
export function plainText(text: string): string {
  return text.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/\s+/g, " ").trim();
}
