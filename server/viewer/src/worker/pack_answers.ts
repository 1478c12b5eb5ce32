// Answer from the packs that are whole, as the host would have answered.
import { addressOf, content, type Held, packsHere } from "../offline/pack_store";
import type { Level, Link, Medium, PackFile, Picture, Site } from "../schema";
import { ranged } from "./range";
import { type Found, search, type Told } from "./search";

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

// Find what packs hold for an address that no file of theirs has.

/** Return the addresses that show the same as one: other sizes and forms of a picture or sound, the nearest first. */
export function likenesses(address: string, site: Pick<Site, "media" | "states">): string[] {
  const sets: readonly (readonly Link[])[] = [
    ...(site.media ?? []).map((medium: Medium) => medium.variants ?? []),
    ...(site.states ?? []).map((state) => (state.poster ?? []) as readonly Picture[]),
  ];
  const found = sets.find((links) => links.some((link) => link.url === address)) ?? [];
  const type = found.find((link) => link.url === address)?.media_type;
  const others = found.filter((link) => link.url !== address);
  return [...others].sort((one, other) => Number(other.media_type === type) - Number(one.media_type === type)).map((link) => link.url);
}

/** Return a site's document with those levels alone that are here, so that the viewer asks for no other. */
export function withLevelsHere(site: Site, isHere: (level: Level) => boolean): Site {
  return { ...site, states: site.states.map((state) => ({ ...state, levels: state.levels.filter(isHere) })) };
}

/** Return a page whose list of all places leads only to pages that are here; the others are named there, and lead nowhere. */
export function withListHere(page: string, isHere: (address: string) => boolean): string {
  const away = '<a class="of" role="link" aria-disabled="true"';
  return page.replace(/<ul [^>]*\bid="index"[^]*?<\/ul>/, (list) =>
    list.replace(/<a href="([^"]*)"/g, (link: string, address: string) => (isHere(address) ? link : away)),
  );
}

// Lead on from a plate of a stop where there is no network, as the host does where there is one.

const PLATE = /^\/q\/([^/]+)\/(\d+)$/;

/** Return the way to the stop in a pack of its route, in the first of the visitor's languages that is here. */
export function ledOn(pathname: string, packs: readonly Held[], languages = navigator.languages): Response | undefined {
  const [, route, number] = PLATE.exec(pathname) ?? [];
  const there = packs.filter((held) => held.pack.route === route);
  const wanted = languages.map((each) => each.toLowerCase().split("-")[0]);
  const liked = wanted.map((lang) => there.find((held) => held.pack.lang === lang)).find((held) => held);
  const held = liked ?? there[0];
  return held && Response.redirect(new URL(`${held.page}#stop=${number}`, location.href), 303);
}
