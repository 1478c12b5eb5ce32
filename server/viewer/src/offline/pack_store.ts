// Store packs in the browser: contents by address, records of packs, and pieces of partial files.
import type { Pack, PackFile } from "../schema";

/** Return the content address of a file, which is the same on every host. */
export function contentAddress(file: Pick<PackFile, "sha256" | "ext">): string {
  return `/a/${file.sha256}.${file.ext}`;
}

/** Return the files that are not stored, each content once, in the order of the pack. */
export function missingFiles(files: readonly PackFile[], stored: ReadonlySet<string>): PackFile[] {
  const result = new Map(files.map((file) => [contentAddress(file), file]));
  return [...result].filter(([address]) => !stored.has(address)).map(([, file]) => file);
}

/** Return the stored addresses that no pack refers to. */
export function unusedAddresses(stored: Iterable<string>, packs: Iterable<readonly PackFile[]>): string[] {
  const used = new Set([...packs].flat().map(contentAddress));
  return [...stored].filter((address) => !used.has(address));
}

/** Return the bytes of a file as transferred. */
export function wireBytes(file: PackFile): number {
  return file.brotli_bytes ?? file.bytes;
}

/** Return the bytes of files as transferred and as stored. */
export function totalBytes(files: readonly PackFile[]): { sent: number; stored: number } {
  const each = missingFiles(files, new Set());
  return { sent: each.reduce((sum, file) => sum + wireBytes(file), 0), stored: each.reduce((sum, file) => sum + file.bytes, 0) };
}

/** Return the SHA-256 of bytes in hexadecimal digits. */
export async function sha256(bytes: BufferSource): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// The number changes with the format of the stored data.
const CONTENTS = "carreau-contents-1";
const RECORDS = "carreau-packs-1";
const PIECES = "carreau-pieces-1";

/** A pack on this device. */
export interface StoredPack {
  readonly pack: Pack;
  /** Name of the route or trail, in the language of the pack. */
  readonly name: string;
  /** Address of its page. */
  readonly page: string;
  /** Headers that the host sends with every page, such as its content security policy. */
  readonly headers: Readonly<Record<string, string>>;
  /** Time of the last fetch, in ISO 8601; empty while the download is incomplete. */
  readonly taken: string;
  /** Addresses of contents that differed from the published ones. */
  readonly refused: readonly string[];
}

type PackStatus = "here" | "coming";

/** Return the complete packs. */
export async function completePacks(): Promise<StoredPack[]> {
  return readRecords("here");
}

/** Return the pack of a route in a language; undefined if there is none. */
export async function readPack(status: PackStatus, route: string, lang: string): Promise<StoredPack | undefined> {
  const result = await (await caches.open(RECORDS)).match(recordAddress(status, route, lang));
  return result?.json() as Promise<StoredPack> | undefined;
}

/** Save a pack as incomplete. */
export async function savePartialPack(record: StoredPack): Promise<void> {
  await writeRecord("coming", record);
}

/** Save a pack as complete, replacing the previous one, and delete unused contents. */
export async function saveCompletePack(record: StoredPack): Promise<void> {
  await writeRecord("here", { ...record, refused: [] });
  await (await caches.open(RECORDS)).delete(recordAddress("coming", record.pack.route, record.pack.lang));
  await deleteUnused();
}

/** Delete a pack, and all contents that no other pack needs. */
export async function deletePack(route: string, lang: string): Promise<void> {
  const cache = await caches.open(RECORDS);
  for (const status of ["here", "coming"] as const) await cache.delete(recordAddress(status, route, lang));
  await deleteUnused();
}

/** Return the addresses of all stored contents. */
export async function storedAddresses(): Promise<Set<string>> {
  const keys = await (await caches.open(CONTENTS)).keys();
  return new Set(keys.map((request) => new URL(request.url).pathname));
}

/** Return a stored content. */
export async function readContent(address: string): Promise<Response | undefined> {
  return (await caches.open(CONTENTS)).match(address);
}

/** Store a content; return false if its bytes are not the published ones. */
export async function saveContent(file: PackFile, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  if (bytes.length !== file.bytes || (await sha256(bytes)) !== file.sha256) return false;
  const headers = { "Content-Type": file.media_type, "Content-Length": String(bytes.length), ETag: `"${file.sha256.slice(0, 32)}"` };
  await (await caches.open(CONTENTS)).put(contentAddress(file), new Response(bytes, { headers }));
  return true;
}

/** Return the contiguous pieces of a file from its beginning. */
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

/** Delete the contents that no pack needs, complete or not. */
async function deleteUnused(): Promise<void> {
  const packs = [...(await readRecords("here")), ...(await readRecords("coming"))].map((record) => record.pack.files);
  for (const name of [CONTENTS, PIECES]) {
    const cache = await caches.open(name);
    const addresses = new Set((await cache.keys()).map((request) => new URL(request.url).pathname));
    for (const address of unusedAddresses(addresses, packs)) await cache.delete(address, { ignoreSearch: true });
  }
}

/** This address is never requested; it is only the key of a record. */
function recordAddress(status: PackStatus, route: string, lang: string): string {
  return `/packs/${status}/${lang}/${route}`;
}

function pieceAddress(address: string, from: number): string {
  return `${address}?from=${from}`;
}
