// Answer requests from complete packs, as the host would.
import { completePacks, contentAddress, readContent, type StoredPack } from "../offline/pack_store";
import type { Level, Link, Medium, PackFile, Picture, Site } from "../schema";
import { rangeResponse } from "./range";
import { type DocumentBody, type PackDocument, search } from "./search";

const DOCUMENT = /^\/v1\/(site|route|trail)s\/[^/.]+$/;
const LIMIT = 20;

/** Return the response of a pack; undefined if no pack has one. */
export async function answerFromPacks(request: Request): Promise<Response | undefined> {
  const url = new URL(request.url);
  const packs = await completePacks();
  const plate = plateRedirect(url.pathname, packs);
  if (plate) return plate;
  const response = url.pathname === "/v1/search" ? await searchPacks(url, packs) : await findInPacks(url, packs);
  return response && (await rangeResponse(request.headers, response));
}

/** Return a substitute for a missing content: another size or format of the same image or sound. */
export async function alternativeContent(request: Request): Promise<Response | undefined> {
  const { pathname } = new URL(request.url);
  for (const stored of await completePacks()) {
    for (const site of await packDocuments(stored)) {
      for (const address of alternatives(pathname, site.body as unknown as Site)) {
        const other = await readContent(address);
        if (other) return rangeResponse(request.headers, other);
      }
    }
  }
  return undefined;
}

async function findInPacks(url: URL, packs: readonly StoredPack[]): Promise<Response | undefined> {
  const lang = url.searchParams.get("lang");
  const path = plainPath(decodeURI(url.pathname));
  for (const stored of packs.filter((each) => !lang || each.pack.lang === lang)) {
    const file = stored.pack.files.find((each) => plainPath(each.url) === path);
    const content = file && (await readContent(contentAddress(file)));
    if (content) return packResponse(file, content, stored, packs);
  }
  return undefined;
}

/** Return the path of a page without its host-specific ending. */
function plainPath(path: string): string {
  return path.replace(/(?:\/index\.html|\/)$/, "");
}

/** Return a content with the headers of the host, marked as a copy. */
async function packResponse(file: PackFile, content: Response, stored: StoredPack, packs: readonly StoredPack[]): Promise<Response> {
  const headers = new Headers(content.headers);
  headers.set("Content-Language", stored.pack.lang);
  headers.set("Carreau-Pack", stored.pack.id);
  headers.set("Cache-Control", "no-store");
  const isPage = file.media_type.startsWith("text/html");
  const isSite = DOCUMENT.exec(file.url)?.[1] === "site";
  if (!isPage && !isSite) return new Response(content.body, { headers });
  headers.delete("Content-Length");
  headers.delete("ETag");
  if (isPage) {
    for (const [name, value] of Object.entries(stored.headers)) headers.set(name, value);
    // Mark the page as a copy in its markup, so that the notice needs no script.
    const page = (await content.text()).replace("<html ", `<html data-pack="${stored.taken}" `);
    const pages = new Set(packs.flatMap((each) => each.pack.files.map(({ url }) => plainPath(url))));
    return new Response(withListHere(page, (address) => pages.has(plainPath(decodeURI(address)))), { headers });
  }
  const here = new Set(stored.pack.files.map((each) => each.sha256));
  const site = withLevelsHere((await content.json()) as Site, (level) => here.has(level.sha256));
  return new Response(JSON.stringify(site), { headers });
}

async function searchPacks(url: URL, packs: readonly StoredPack[]): Promise<Response | undefined> {
  if (!packs.length) return undefined;
  const lang = url.searchParams.get("lang") ?? "";
  const own = packs.filter((stored) => stored.pack.lang === lang);
  const all = (await Promise.all((own.length ? own : packs).map(packDocuments))).flat();
  const documents = new Map(all.map((each) => [each.body.pages[each.body.lang], each]));
  const limit = Math.min(Number(url.searchParams.get("limit")) || LIMIT, 50);
  const hits = search(url.searchParams.get("q") ?? "", lang, [...documents.values()], limit);
  return Response.json(hits, { headers: { "Carreau-Pack": packs.map((stored) => stored.pack.id).join(" "), "Cache-Control": "no-store" } });
}

/** Return the documents of sites, routes and trails in a pack. */
async function packDocuments(stored: StoredPack): Promise<PackDocument[]> {
  const files = stored.pack.files.filter((file) => DOCUMENT.test(file.url));
  const contents = await Promise.all(files.map(async (file) => ({ file, content: await readContent(contentAddress(file)) })));
  const present = contents.filter(({ content }) => content);
  return Promise.all(
    present.map(async ({ file, content }) => {
      const kind = DOCUMENT.exec(file.url)?.[1] as PackDocument["kind"];
      return { kind, body: (await (content as Response).json()) as DocumentBody } as const;
    }),
  );
}

// Adapt documents to the contents of packs.

/** Return the addresses of other sizes and formats of an image or sound, those of the same type first. */
export function alternatives(address: string, site: Pick<Site, "media" | "states">): string[] {
  const sets: readonly (readonly Link[])[] = [
    ...(site.media ?? []).map((medium: Medium) => medium.variants ?? []),
    ...(site.states ?? []).map((state) => (state.poster ?? []) as readonly Picture[]),
  ];
  const links = sets.find((links) => links.some((link) => link.url === address)) ?? [];
  const type = links.find((link) => link.url === address)?.media_type;
  const others = links.filter((link) => link.url !== address);
  return [...others].sort((one, other) => Number(other.media_type === type) - Number(one.media_type === type)).map((link) => link.url);
}

/** Return a site document with only the available levels, so that the viewer requests no other. */
export function withLevelsHere(site: Site, isHere: (level: Level) => boolean): Site {
  return { ...site, states: site.states.map((state) => ({ ...state, levels: state.levels.filter(isHere) })) };
}

/** Return a page whose index links only to available pages; other entries stay without a link. */
export function withListHere(page: string, isHere: (address: string) => boolean): string {
  const away = '<a class="of" role="link" aria-disabled="true"';
  return page.replace(/<ul [^>]*\bid="index"[^]*?<\/ul>/, (list) =>
    list.replace(/<a href="([^"]*)"/g, (link: string, address: string) => (isHere(address) ? link : away)),
  );
}

// Plates of stops, without a network.

const PLATE = /^\/q\/([^/]+)\/(\d+)$/;

/** Redirect to the stop in a pack of its route, in the visitor's preferred language. */
export function plateRedirect(pathname: string, packs: readonly StoredPack[], languages = navigator.languages): Response | undefined {
  const [, route, number] = PLATE.exec(pathname) ?? [];
  const candidates = packs.filter((stored) => stored.pack.route === route);
  const requested = languages.map((each) => each.toLowerCase().split("-")[0]);
  const preferred = requested.map((lang) => candidates.find((stored) => stored.pack.lang === lang)).find((stored) => stored);
  const stored = preferred ?? candidates[0];
  return stored && Response.redirect(new URL(`${stored.page}#stop=${number}`, location.href), 303);
}
