// Answer from the packs that are whole, as the host would have answered.
import type { PackFile, Site } from "../schema";
import { addressOf } from "../offline/pack_difference";
import { content, packsHere, type Held } from "../offline/pack_store";
import { likenesses, withLevelsHere, withListHere } from "./documents";
import { ledOn } from "./plates";
import { ranged } from "./range";
import { search, type Found, type Told } from "./search";

const DOCUMENT = /^\/v1\/(site|route)s\/[^/.]+$/;
const LIMIT = 20;

/** Return what packs hold for a request, undefined where none holds it. */
export async function fromPacks(request: Request): Promise<Response | undefined> {
  const url = new URL(request.url);
  const packs = await packsHere();
  const plate = ledOn(url.pathname, packs);
  if (plate) return plate;
  const answer = url.pathname === "/v1/search" ? await searched(url, packs) : await found(url, packs);
  return answer && (await ranged(request.headers, answer));
}

/** Return what stands in for a content that is not here: another size or form of the same picture or sound. */
export async function likeness(request: Request): Promise<Response | undefined> {
  const { pathname } = new URL(request.url);
  for (const held of await packsHere()) {
    for (const site of await documents(held)) {
      for (const address of likenesses(pathname, site.told as unknown as Site)) {
        const other = await content(address);
        if (other) return ranged(request.headers, other);
      }
    }
  }
  return undefined;
}

async function found(url: URL, packs: readonly Held[]): Promise<Response | undefined> {
  const lang = url.searchParams.get("lang");
  const path = plainPath(decodeURI(url.pathname));
  for (const held of packs.filter((each) => !lang || each.pack.lang === lang)) {
    const file = held.pack.files.find((each) => plainPath(each.url) === path);
    const kept = file && (await content(addressOf(file)));
    if (kept) return dressed(file, kept, held, packs);
  }
  return undefined;
}

/** Return the path of a page without what only some hosts say. */
function plainPath(path: string): string {
  return path.replace(/(?:\/index\.html|\/)$/, "");
}

/** Give a content the headers it has on the host, and say where it is from. */
async function dressed(file: PackFile, kept: Response, held: Held, packs: readonly Held[]): Promise<Response> {
  const headers = new Headers(kept.headers);
  headers.set("Content-Language", held.pack.lang);
  headers.set("Carreau-Pack", held.pack.id);
  headers.set("Cache-Control", "no-store");
  const isPage = file.media_type.startsWith("text/html");
  const isSite = DOCUMENT.exec(file.url)?.[1] === "site";
  if (!isPage && !isSite) return new Response(kept.body, { headers });
  headers.delete("Content-Length");
  headers.delete("ETag");
  if (isPage) {
    for (const [name, value] of Object.entries(held.headers)) headers.set(name, value);
    // The page says itself that it is a copy; who has no script sees it, too.
    const page = (await kept.text()).replace("<html ", `<html data-pack="${held.taken}" `);
    const pages = new Set(packs.flatMap((each) => each.pack.files.map(({ url }) => plainPath(url))));
    return new Response(withListHere(page, (address) => pages.has(plainPath(decodeURI(address)))), { headers });
  }
  const here = new Set(held.pack.files.map((each) => each.sha256));
  const site = withLevelsHere((await kept.json()) as Site, (level) => here.has(level.sha256));
  return new Response(JSON.stringify(site), { headers });
}

async function searched(url: URL, packs: readonly Held[]): Promise<Response | undefined> {
  if (!packs.length) return undefined;
  const lang = url.searchParams.get("lang") ?? "";
  const own = packs.filter((held) => held.pack.lang === lang);
  const all = (await Promise.all((own.length ? own : packs).map(documents))).flat();
  const once = new Map(all.map((each) => [each.told.pages[each.told.lang], each]));
  const limit = Math.min(Number(url.searchParams.get("limit")) || LIMIT, 50);
  const hits = search(url.searchParams.get("q") ?? "", lang, [...once.values()], limit);
  return Response.json(hits, { headers: { "Carreau-Pack": packs.map((held) => held.pack.id).join(" "), "Cache-Control": "no-store" } });
}

/** Return the documents of sites and routes in a pack. */
async function documents(held: Held): Promise<Found[]> {
  const files = held.pack.files.filter((file) => DOCUMENT.test(file.url));
  const kept = await Promise.all(files.map(async (file) => ({ file, answer: await content(addressOf(file)) })));
  const known = kept.filter(({ answer }) => answer);
  return Promise.all(
    known.map(async ({ file, answer }) => {
      const kind = DOCUMENT.exec(file.url)?.[1] === "site" ? "site" : "route";
      return { kind, told: (await (answer as Response).json()) as Told } as const;
    }),
  );
}
