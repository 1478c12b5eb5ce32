// What the address of a frame asks for. The page is the same bytes whatever it asks, so that this is read by a script.
import { type Colours, parseColours } from "./colours";

export interface Options {
  state: string;
  lang: string;
  isPyramid: boolean;
  colours: Colours | undefined;
}

/** Read them from behind the ? and the #; the latter is right where both say something. */
export function parseOptions(search: string, hash: string): Options {
  const [query, fragment] = [new URLSearchParams(search), new URLSearchParams(hash.replace(/^#\??/, ""))];
  const value = (name: string) => fragment.get(name) ?? query.get(name) ?? "";
  return { state: value("state"), lang: value("lang"), isPyramid: value("display") === "pyramid", colours: parseColours(value("colours")) };
}

/** Return what WordPress wants to hear again with a height; it writes it behind the address of the frame. */
export function secretOf(hash: string): string {
  return /secret=(\w{10})\b/.exec(hash)?.[1] ?? "";
}

/**
 * Return where a page is in another language on a host without a server, which answers every `?lang=` alike; empty on
 * one that has looked there already.
 */
export function staticPage(path: string, lang: string, first: string): string {
  const name = /\/(index(?:\.\w+)?\.html)$/.exec(path)?.[1] ?? "";
  const wanted = lang === first ? "index.html" : `index.${lang}.html`;
  return name === wanted ? "" : `${path.slice(0, path.length - name.length).replace(/\/$/, "")}/${wanted}`;
}
