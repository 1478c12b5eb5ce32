// Strings and formats in the language of the page, and texts of the catalogue with their own language.
import { h } from "./dom";
import { LANGUAGES, type Text } from "./schema";

/** The language that texts are written in first. */
const [SOURCE] = LANGUAGES;

/** The start document: strings by name, and the URLs of the libraries. */
export interface StartDocument {
  lang: string;
  words: Record<string, string>;
  library: string;
  /** Without compression; releases of before do not say it. */
  library_bytes?: number;
  basis: string;
  draco: string;
}

export class Words {
  readonly lang: string;
  readonly #words: Record<string, string>;
  /** Formatters of sizes, which are expensive to create and used at each progress report. */
  readonly #sizes: Intl.NumberFormat[] = [];

  constructor(start: StartDocument) {
    this.lang = start.lang;
    this.#words = start.words;
  }

  /** Translate: return the string of a name, with its {placeholders} filled in. */
  t(name: string, values: Record<string, string> = {}): string {
    return (this.#words[name] ?? name).replace(/\{(\w+)\}/g, (_, key: string) => values[key] ?? "");
  }

  /** Return the string of a name, empty where there is none. */
  label(name: string): string {
    return this.#words[name] ?? "";
  }

  /** Return the word under an icon: the short string of a name, else the usual one. */
  short(name: string): string {
    return this.#words[`short_${name}`] ?? this.t(name);
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

  /** Format a distance in whole metres, or in kilometres. */
  distance(length: number): string {
    const isFar = length >= 999.5;
    const format: Intl.NumberFormatOptions = { style: "unit", unit: isFar ? "kilometer" : "meter", maximumFractionDigits: isFar ? 1 : 0 };
    return new Intl.NumberFormat(this.lang, format).format(isFar ? length / 1000 : length);
  }

  degrees(angle: number): string {
    return `${new Intl.NumberFormat(this.lang, { maximumFractionDigits: 0 }).format(Math.round(angle) || 0)}°`;
  }

  /** Format a coordinate in degrees, to about a metre. */
  coordinate(angle: number): string {
    return `${new Intl.NumberFormat(this.lang, { minimumFractionDigits: 5, maximumFractionDigits: 5 }).format(angle)}°`;
  }

  /** Format an hour such as 13.5 as a time of day. */
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

  /** Return a text on one line, marked if it is in another language. */
  text(text: Text): HTMLSpanElement {
    return h("span", text.lang === this.lang ? {} : { lang: text.lang }, ...raised(text), ...this.#marks(text));
  }

  /** Return the paragraphs of a text. */
  paragraphs(text: Text | undefined): HTMLElement[] {
    if (!text) return [];
    const paragraphs = text.text.split(/\n\s*\n/).map((part) => h("p", text.lang === this.lang ? {} : { lang: text.lang }, ...raised({ ...text, text: part })));
    paragraphs.at(-1)?.append(...this.#marks(text));
    return paragraphs;
  }

  #marks(text: Text): Node[] {
    if (text.lang === this.lang) return [];
    return [h("small", { title: this.t("other_language"), part: "mark", class: "mark", lang: this.lang }, text.lang)];
  }
}

/** Ordinals of French, as in `pipeline/carreau/catalogue/i18n/formatting.py`, with what stands before them. */
const ORDINAL = /(^|[^\p{L}\p{N}_.,’-])(?:(1|I)(ers?|res?)|(\d{1,4}|X{0,3}(?:IX|IV|V?I{1,3})|X{0,3}V|X{1,3})(es?))(?![\p{L}\p{N}_’])/gu;

/** Return the parts of a French text on one line: what stands at an odd place is the raised end of an ordinal, as in XIXᵉ. */
export function ordinalParts(text: string): string[] {
  return text.replace(ORDINAL, (_, before: string, first = "", its = "", number = "", ends = "") => `${before}${first}${number}\0${its}${ends}\0`).split("\0");
}

/** Return a text on one line, with the ordinals of French raised, as pages have them. */
function raised({ text, lang }: Text): (Node | string)[] {
  const plain = plainText(text);
  return lang === SOURCE ? ordinalParts(plain).map((part, at) => (at % 2 ? h("sup", {}, part) : part)) : [plain];
}

/** Return a text without its links, on one line: "[the pit](site:pit)" becomes "the pit". No-break spaces stay. */
export function plainText(text: string): string {
  return text.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[^\S\u00a0\u202f]+/g, " ").trim();
}
