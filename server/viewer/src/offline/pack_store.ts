// Keep packs in the browser: contents once by their address, records of packs, and pieces of what is on its way.
import type { Pack, PackFile } from "../schema";

// Tell what a pack still lacks, and what nobody needs any more.

/** Return the address of a file by its content: the same on every host, and for ever. */
export function addressOf(file: Pick<PackFile, "sha256" | "ext">): string {
  return `/a/${file.sha256}.${file.ext}`;
}

/** Return the files that are not stored, each content once, in the order of the pack. */
export function missing(files: readonly PackFile[], stored: ReadonlySet<string>): PackFile[] {
  const found = new Map(files.map((file) => [addressOf(file), file]));
  return [...found].filter(([address]) => !stored.has(address)).map(([, file]) => file);
}

/** Return the stored addresses that none of the packs names. */
export function unneeded(stored: Iterable<string>, packs: Iterable<readonly PackFile[]>): string[] {
  const named = new Set([...packs].flat().map(addressOf));
  return [...stored].filter((address) => !named.has(address));
}

/** Return how many bytes of a file go over the wire. */
export function sent(file: PackFile): number {
  return file.brotli_bytes ?? file.bytes;
}

/** Return how many bytes files are on the wire, and in the store. */
export function sizes(files: readonly PackFile[]): { sent: number; stored: number } {
  const each = missing(files, new Set());
  return { sent: each.reduce((sum, file) => sum + sent(file), 0), stored: each.reduce((sum, file) => sum + file.bytes, 0) };
}

// Name bytes by their content.

/** Return the sha256 of bytes in hexadecimal digits. */
export async function sha256(bytes: BufferSource): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// A number in a name changes with the form of what is kept under it.
const CONTENTS = "carreau-contents-1";
const RECORDS = "carreau-packs-1";
const PIECES = "carreau-pieces-1";

/** A pack on this device. */
export interface Held {
  readonly pack: Pack;
  /** Of the route, in the language of the pack. */
  readonly name: string;
  /** Address of the route's page. */
  readonly page: string;
  /** What the host says with every page, such as its policy for scripts. */
  readonly headers: Readonly<Record<string, string>>;
  /** When the last of it was fetched, as in ISO 8601; empty as long as it is on its way. */
  readonly taken: string;
  /** Addresses of contents that came otherwise than published. */
  readonly refused: readonly string[];
}

type Stage = "here" | "coming";

/** Return the packs that are whole. */
export async function packsHere(): Promise<Held[]> {
  return records("here");
}

/** Return the pack of a route in a language, undefined where there is none. */
export async function packOf(stage: Stage, route: string, lang: string): Promise<Held | undefined> {
  const found = await (await caches.open(RECORDS)).match(recordAddress(stage, route, lang));
  return found?.json() as Promise<Held> | undefined;
}

/** Note that a pack is on its way; nothing of it counts as there. */
export async function noteComing(held: Held): Promise<void> {
  await note("coming", held);
}

/** Note that a pack is whole, in place of the one before it, and let go what nobody needs any more. */
export async function noteHere(held: Held): Promise<void> {
  await note("here", { ...held, refused: [] });
  await (await caches.open(RECORDS)).delete(recordAddress("coming", held.pack.route, held.pack.lang));
  await sweep();
}

/** Delete a pack, and all that no other pack needs. */
export async function forget(route: string, lang: string): Promise<void> {
  const cache = await caches.open(RECORDS);
  for (const stage of ["here", "coming"] as const) await cache.delete(recordAddress(stage, route, lang));
  await sweep();
}

/** Return the addresses of all contents that are stored. */
export async function stored(): Promise<Set<string>> {
  const keys = await (await caches.open(CONTENTS)).keys();
  return new Set(keys.map((request) => new URL(request.url).pathname));
}

/** Return a content as it was stored. */
export async function content(address: string): Promise<Response | undefined> {
  return (await caches.open(CONTENTS)).match(address);
}

/** Store a content, or return false where its bytes are not those that were published. */
export async function keep(file: PackFile, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  if (bytes.length !== file.bytes || (await sha256(bytes)) !== file.sha256) return false;
  const headers = { "Content-Type": file.media_type, "Content-Length": String(bytes.length), ETag: `"${file.sha256.slice(0, 32)}"` };
  await (await caches.open(CONTENTS)).put(addressOf(file), new Response(bytes, { headers }));
  return true;
}

/** Return the pieces of a file in their order, as far as they follow each other from its beginning. */
export async function pieces(address: string): Promise<Uint8Array<ArrayBuffer>[]> {
  const cache = await caches.open(PIECES);
  const found: Uint8Array<ArrayBuffer>[] = [];
  for (let from = 0; ; from += found.at(-1)?.length ?? 0) {
    const piece = await cache.match(pieceAddress(address, from));
    const bytes = piece && new Uint8Array(await piece.arrayBuffer());
    if (!bytes?.length) return found;
    found.push(bytes);
  }
}

export async function keepPiece(address: string, from: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  await (await caches.open(PIECES)).put(pieceAddress(address, from), new Response(bytes));
}

export async function dropPieces(address: string): Promise<void> {
  await (await caches.open(PIECES)).delete(address, { ignoreSearch: true });
}

async function note(stage: Stage, held: Held): Promise<void> {
  const record = Response.json(held);
  await (await caches.open(RECORDS)).put(recordAddress(stage, held.pack.route, held.pack.lang), record);
}

async function records(stage: Stage): Promise<Held[]> {
  const cache = await caches.open(RECORDS);
  const keys = (await cache.keys()).filter((request) => new URL(request.url).pathname.startsWith(`/packs/${stage}/`));
  const found = await Promise.all(keys.map((request) => cache.match(request)));
  return Promise.all(found.flatMap((record) => (record ? [record.json() as Promise<Held>] : [])));
}

/** Let go what no pack needs, be it whole or on its way. */
async function sweep(): Promise<void> {
  const packs = [...(await records("here")), ...(await records("coming"))].map((held) => held.pack.files);
  for (const name of [CONTENTS, PIECES]) {
    const cache = await caches.open(name);
    const there = new Set((await cache.keys()).map((request) => new URL(request.url).pathname));
    for (const address of unneeded(there, packs)) await cache.delete(address, { ignoreSearch: true });
  }
}

/** No such address is ever asked for: it only names a record. */
function recordAddress(stage: Stage, route: string, lang: string): string {
  return `/packs/${stage}/${lang}/${route}`;
}

function pieceAddress(address: string, from: number): string {
  return `${address}?from=${from}`;
}
