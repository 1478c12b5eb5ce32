// Keep packs in the browser: contents once by their address, records of packs, and pieces of what is on its way.
import type { Pack, PackFile } from "../schema";

// Tell what a pack still lacks, and what nobody needs any more.

/** Return the address of a file by its content: the same on every host, and for ever. */
export function contentAddress(file: Pick<PackFile, "sha256" | "ext">): string {
  return `/a/${file.sha256}.${file.ext}`;
}

/** Return the files that are not stored, each content once, in the order of the pack. */
export function missingFiles(files: readonly PackFile[], stored: ReadonlySet<string>): PackFile[] {
  const result = new Map(files.map((file) => [contentAddress(file), file]));
  return [...result].filter(([address]) => !stored.has(address)).map(([, file]) => file);
}

/** Return the stored addresses that none of the packs names. */
export function unusedAddresses(stored: Iterable<string>, packs: Iterable<readonly PackFile[]>): string[] {
  const used = new Set([...packs].flat().map(contentAddress));
  return [...stored].filter((address) => !used.has(address));
}

/** Return how many bytes of a file go over the wire. */
export function wireBytes(file: PackFile): number {
  return file.brotli_bytes ?? file.bytes;
}

/** Return how many bytes files are on the wire, and in the store. */
export function totalBytes(files: readonly PackFile[]): { sent: number; stored: number } {
  const each = missingFiles(files, new Set());
  return { sent: each.reduce((sum, file) => sum + wireBytes(file), 0), stored: each.reduce((sum, file) => sum + file.bytes, 0) };
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
export interface StoredPack {
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

type PackStatus = "here" | "coming";

/** Return the packs that are whole. */
export async function completePacks(): Promise<StoredPack[]> {
  return readRecords("here");
}

/** Return the pack of a route in a language, undefined where there is none. */
export async function readPack(status: PackStatus, route: string, lang: string): Promise<StoredPack | undefined> {
  const result = await (await caches.open(RECORDS)).match(recordAddress(status, route, lang));
  return result?.json() as Promise<StoredPack> | undefined;
}

/** Note that a pack is on its way; nothing of it counts as there. */
export async function savePartialPack(record: StoredPack): Promise<void> {
  await writeRecord("coming", record);
}

/** Note that a pack is whole, in place of the one before it, and let go what nobody needs any more. */
export async function saveCompletePack(record: StoredPack): Promise<void> {
  await writeRecord("here", { ...record, refused: [] });
  await (await caches.open(RECORDS)).delete(recordAddress("coming", record.pack.route, record.pack.lang));
  await deleteUnused();
}

/** Delete a pack, and all that no other pack needs. */
export async function deletePack(route: string, lang: string): Promise<void> {
  const cache = await caches.open(RECORDS);
  for (const status of ["here", "coming"] as const) await cache.delete(recordAddress(status, route, lang));
  await deleteUnused();
}

/** Return the addresses of all contents that are stored. */
export async function storedAddresses(): Promise<Set<string>> {
  const keys = await (await caches.open(CONTENTS)).keys();
  return new Set(keys.map((request) => new URL(request.url).pathname));
}

/** Return a content as it was stored. */
export async function readContent(address: string): Promise<Response | undefined> {
  return (await caches.open(CONTENTS)).match(address);
}

/** Store a content, or return false where its bytes are not those that were published. */
export async function saveContent(file: PackFile, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  if (bytes.length !== file.bytes || (await sha256(bytes)) !== file.sha256) return false;
  const headers = { "Content-Type": file.media_type, "Content-Length": String(bytes.length), ETag: `"${file.sha256.slice(0, 32)}"` };
  await (await caches.open(CONTENTS)).put(contentAddress(file), new Response(bytes, { headers }));
  return true;
}

/** Return the pieces of a file in their order, as far as they follow each other from its beginning. */
export async function readPieces(address: string): Promise<Uint8Array<ArrayBuffer>[]> {
  const cache = await caches.open(PIECES);
  const result: Uint8Array<ArrayBuffer>[] = [];
  for (let from = 0; ; from += result.at(-1)?.length ?? 0) {
    const piece = await cache.match(pieceAddress(address, from));
    const bytes = piece && new Uint8Array(await piece.arrayBuffer());
    if (!bytes?.length) return result;
    result.push(bytes);
  }
}

export async function savePiece(address: string, from: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  await (await caches.open(PIECES)).put(pieceAddress(address, from), new Response(bytes));
}

export async function deletePieces(address: string): Promise<void> {
  await (await caches.open(PIECES)).delete(address, { ignoreSearch: true });
}

async function writeRecord(status: PackStatus, record: StoredPack): Promise<void> {
  await (await caches.open(RECORDS)).put(recordAddress(status, record.pack.route, record.pack.lang), Response.json(record));
}

async function readRecords(status: PackStatus): Promise<StoredPack[]> {
  const cache = await caches.open(RECORDS);
  const keys = (await cache.keys()).filter((request) => new URL(request.url).pathname.startsWith(`/packs/${status}/`));
  const result = await Promise.all(keys.map((request) => cache.match(request)));
  return Promise.all(result.flatMap((record) => (record ? [record.json() as Promise<StoredPack>] : [])));
}

/** Let go what no pack needs, be it whole or on its way. */
async function deleteUnused(): Promise<void> {
  const packs = [...(await readRecords("here")), ...(await readRecords("coming"))].map((record) => record.pack.files);
  for (const name of [CONTENTS, PIECES]) {
    const cache = await caches.open(name);
    const addresses = new Set((await cache.keys()).map((request) => new URL(request.url).pathname));
    for (const address of unusedAddresses(addresses, packs)) await cache.delete(address, { ignoreSearch: true });
  }
}

/** No such address is ever asked for: it only names a record. */
function recordAddress(status: PackStatus, route: string, lang: string): string {
  return `/packs/${status}/${lang}/${route}`;
}

function pieceAddress(address: string, from: number): string {
  return `${address}?from=${from}`;
}
