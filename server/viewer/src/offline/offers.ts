// Fetch the packs of a route or trail from the host.
import type { Pack } from "../schema";

/** The route or trail of a page, with its packs. */
export interface PackRoute {
  readonly slug: string;
  readonly lang: string;
  readonly name: string;
  readonly page: string;
  /** Addresses of the packs, by level, smallest first. */
  readonly packs: Readonly<Record<string, string>>;
}

/** Headers of pages that apply to their copies, too. */
const COPIED_HEADERS = ["Content-Security-Policy", "Permissions-Policy", "Referrer-Policy", "X-Content-Type-Options", "Cross-Origin-Opener-Policy"];

/** Return the packs, smallest first; of identical packs only the largest level.

    storedId : id of the pack on the device, so that the host sends only changes */
export async function fetchPacks(route: PackRoute, storedId?: string): Promise<Pack[]> {
  const packs = await Promise.all(Object.entries(route.packs).map(([level, address]) => fetchPack(route, level, address, storedId)));
  return [...new Map(packs.map((pack) => [pack.id, pack])).values()];
}

async function fetchPack(route: PackRoute, level: string, address: string, storedId?: string): Promise<Pack> {
  const query = new URLSearchParams({ lang: route.lang, level, ...(storedId ? { have: storedId } : {}) });
  // A static host has the complete pack under its static name.
  const document = (await fetchJson(`${address.slice(0, address.lastIndexOf("/"))}?${query}`)) ?? (await fetchJson(`${address}.${route.lang}.json`));
  if (!document) throw new TypeError(`${address}: no answer`);
  return "pack" in document ? (document.pack as Pack) : (document as unknown as Pack);
}

async function fetchJson(address: string): Promise<Record<string, unknown> | undefined> {
  const response = await fetch(address, { headers: { Accept: "application/json" }, cache: "no-cache" });
  if (!response.ok || !response.headers.get("Content-Type")?.includes("json")) return undefined;
  return (await response.json()) as Record<string, unknown>;
}

/** Return the headers of pages, so that their copies have the same protection. */
export async function fetchPageHeaders(page: string): Promise<Record<string, string>> {
  const response = await fetch(page, { method: "HEAD", cache: "no-cache" });
  return Object.fromEntries(COPIED_HEADERS.flatMap((name) => (response.headers.has(name) ? [[name, response.headers.get(name) as string]] : [])));
}
