// Ask the host which packs of a route there are.
import type { Pack } from "../schema";

/** What a page says of the packs of its route. */
export interface Route {
  readonly slug: string;
  readonly lang: string;
  readonly name: string;
  readonly page: string;
  /** Addresses of the packs, by level, smallest first. */
  readonly packs: Readonly<Record<string, string>>;
}

/** What a host may say with a page that counts for the copies of it, too. */
const SAID = ["Content-Security-Policy", "Permissions-Policy", "Referrer-Policy", "X-Content-Type-Options", "Cross-Origin-Opener-Policy"];

/** Return the packs by level; of levels that hold the same the largest alone.

    have : id of the pack that is here, so that the host need not be asked for what it did not change */
export async function offers(route: Route, have?: string): Promise<Pack[]> {
  const found = await Promise.all(Object.entries(route.packs).map(([level, address]) => offer(route, level, address, have)));
  return [...new Map(found.map((pack) => [pack.id, pack])).values()];
}

async function offer(route: Route, level: string, address: string, have?: string): Promise<Pack> {
  const query = new URLSearchParams({ lang: route.lang, level, ...(have ? { have } : {}) });
  // A host without a server has the whole pack under its static name, and no answer to a question.
  const told = (await json(`/v1/routes/${route.slug}/pack?${query}`)) ?? (await json(`${address}.${route.lang}.json`));
  if (!told) throw new TypeError(`${address}: no answer`);
  return "pack" in told ? (told.pack as Pack) : (told as unknown as Pack);
}

async function json(address: string): Promise<Record<string, unknown> | undefined> {
  const answer = await fetch(address, { headers: { Accept: "application/json" }, cache: "no-cache" });
  if (!answer.ok || !answer.headers.get("Content-Type")?.includes("json")) return undefined;
  return (await answer.json()) as Record<string, unknown>;
}

/** Return what the host says with pages, so that their copies are guarded alike. */
export async function headersOfPages(page: string): Promise<Record<string, string>> {
  const answer = await fetch(page, { method: "HEAD", cache: "no-cache" });
  return Object.fromEntries(SAID.flatMap((name) => (answer.headers.has(name) ? [[name, answer.headers.get(name) as string]] : [])));
}
