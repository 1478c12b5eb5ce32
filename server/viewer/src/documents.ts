// Fetch the strings of the viewer and the document of a site from the origin of this module.
import { LANGUAGES, type Site, type Territory } from "./schema";
import type { StartDocument } from "./words";

/** Origin of this module, which is that of the catalogue, on any page. */
export const ORIGIN = new URL(import.meta.url).origin;

/** Return an absolute URL of the catalogue. On a page of another origin, "/a/…" alone would not work. */
export function atOrigin(url: string): string {
  return new URL(url, ORIGIN).href;
}

const cache = new Map<string, Promise<unknown>>();

/** Return the language of a viewer: that of the nearest element with `lang`. */
export function languageOf(element: Element): string {
  const code = element.closest("[lang]")?.getAttribute("lang")?.toLowerCase().split("-")[0] ?? "";
  return LANGUAGES.includes(code) ? code : (LANGUAGES[0] as string);
}

export async function fetchStart(lang: string): Promise<StartDocument> {
  const start = await fetchOnce<StartDocument>([`/viewer/${lang}.json`]);
  const [library, basis, draco] = [start.library, start.basis, start.draco].map((url) => new URL(url, ORIGIN).href);
  return { ...start, library, basis, draco } as StartDocument;
}

/** Fetch the document of a site; a static host has it under its static name. */
export function fetchSite(slug: string, lang: string): Promise<Site> {
  const path = `/v1/sites/${encodeURIComponent(slug)}`;
  return fetchOnce<Site>([`${path}?lang=${lang}`, `${path}.${lang}.json`]);
}

/** Fetch the document of the territory, with its table model. */
export function fetchTerritory(lang: string): Promise<Territory> {
  return fetchOnce<Territory>([`/v1/territory?lang=${lang}`, `/v1/territory.${lang}.json`]);
}

/** Fetch a document once for all viewers of a page; after a failure the next call tries again. */
function fetchOnce<Told>(paths: readonly string[]): Promise<Told> {
  const key = paths[0] as string;
  const result = cache.get(key) ?? fetchFirst(paths);
  cache.set(key, result);
  result.catch(() => cache.delete(key));
  return result as Promise<Told>;
}

async function fetchFirst(paths: readonly string[]): Promise<unknown> {
  for (const path of paths) {
    const response = await fetch(new URL(path, ORIGIN), { headers: { Accept: "application/json" } });
    if (response.ok && response.headers.get("Content-Type")?.includes("json")) return response.json();
  }
  throw new Error(`${paths[0]}: no answer`);
}
