// The options in the address of a frame. They are read by a script, as the page is the same file for all of them.
import { type Colours, parseColours } from "./colours";

export interface Options {
  state: string;
  lang: string;
  chapter: string;
  isPyramid: boolean;
  colours: Colours | undefined;
}

/** Parse query and fragment; the fragment takes precedence. */
export function parseOptions(search: string, hash: string): Options {
  const [query, fragment] = [new URLSearchParams(search), new URLSearchParams(hash.replace(/^#\??/, ""))];
  const value = (name: string) => fragment.get(name) ?? query.get(name) ?? "";
  return { state: value("state"), lang: value("lang"), chapter: value("chapter"), isPyramid: value("display") === "pyramid", colours: parseColours(value("colours")) };
}

/** Return the secret that WordPress appends to the address of a frame and expects with each height. */
export function secretOf(hash: string): string {
  return /secret=(\w{10})\b/.exec(hash)?.[1] ?? "";
}

/**
 * Return the path of a page in another language on a static host, which ignores `?lang=`; empty if it is the current
 * page.
 */
export function staticPage(path: string, lang: string, first: string): string {
  const name = /\/(index(?:\.\w+)?\.html)$/.exec(path)?.[1] ?? "";
  const requested = lang === first ? "index.html" : `index.${lang}.html`;
  return name === requested ? "" : `${path.slice(0, path.length - name.length).replace(/\/$/, "")}/${requested}`;
}
