// Fetch the words of the viewer and the document of a site, from wherever this module came.
import type { Site } from "./schema";
import type { StartDocument } from "./words";

/** Languages of the words; another is answered in the first one. */
const LANGUAGES = ["fr", "en", "nl", "de", "pl"];

/** Return the origin of this module: that of the catalogue, on whatever page the viewer is. */
export const ORIGIN = new URL(import.meta.url).origin;

/** Return an address of the catalogue with its origin: on a page of others, "/a/…" alone would lead to them. */
export function atOrigin(url: string): string {
  return new URL(url, ORIGIN).href;
}

const cache = new Map<string, Promise<unknown>>();

/** Return the language of a viewer: of the nearest element that names one. */
export function languageOf(element: Element): string {
  const code = element.closest("[lang]")?.getAttribute("lang")?.toLowerCase().split("-")[0] ?? "";
  return LANGUAGES.includes(code) ? code : (LANGUAGES[0] as string);
}

export async function fetchStart(lang: string): Promise<StartDocument> {
  const start = await fetchOnce<StartDocument>([`/viewer/${lang}.json`]);
  const [library, basis, draco, meshopt] = [start.library, start.basis, start.draco, start.meshopt].map((url) => new URL(url, ORIGIN).href);
  return { ...start, library, basis, draco, meshopt } as StartDocument;
}

/** Return what is known of a site; a host without a server has the document under its static name. */
export function fetchSite(slug: string, lang: string): Promise<Site> {
  const path = `/v1/sites/${encodeURIComponent(slug)}`;
  return fetchOnce<Site>([`${path}?lang=${lang}`, `${path}.${lang}.json`]);
}

/** Fetch a document once for all viewers of a page; a failure may be tried again. */
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
