// Tell what a pack still lacks, and what nobody needs any more.
import type { PackFile } from "../schema";

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
