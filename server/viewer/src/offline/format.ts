// Say sizes, dates and progress in the words of the page.
import type { Pack, PackFile } from "../schema";
import { addressOf, missing, sizes } from "./pack_difference";
import type { Held } from "./pack_store";
import type { Words } from "../words";
import type { Progress } from "./download";

/** What a pack may hold for people, and the roles of its files that make it so. */
const PARTS: Readonly<Record<string, readonly PackFile["role"][]>> = {
  part_pages: ["page"],
  part_pictures: ["poster", "image"],
  part_sounds: ["sound"],
  part_videos: ["video"],
  part_documents: ["document"],
  part_models: ["model"],
};

/** Say whether a file of a pack has one of these roles. */
export function holds(pack: Pack, ...roles: readonly PackFile["role"][]): boolean {
  return pack.files.some((file) => roles.includes(file.role));
}

/** Return what is in a pack, and nothing that is not. */
export function contentsOf(pack: Pack, words: Words): string {
  const parts = Object.entries(PARTS).flatMap(([name, roles]) => (holds(pack, ...roles) ? [words.say(name)] : []));
  const stores = words.say("about", { parts: new Intl.ListFormat(words.lang, { type: "conjunction" }).format(parts) });
  return holds(pack, "ar") ? `${stores} ${words.say("about_ar")}` : stores;
}

/** Return what of a pack is still to fetch, and what all of it takes in the store. */
export function sized(pack: Pack, stored: ReadonlySet<string>, words: Words): string {
  const lacking = sizes(missing(pack.files, stored)).sent;
  return words.say("size", { sent: words.size(lacking), kept: words.size(sizes(pack.files).stored) });
}

/** Return what is there of what, and how long the rest takes as fast as it goes now. */
export function doneOf(now: Progress, words: Words, isRunning: boolean): string {
  const values = { done: words.size(now.done), whole: words.size(now.whole), files: String(now.files), count: String(now.of) };
  const counted = words.say("done_of", values);
  if (!isRunning || now.secondsLeft === undefined || now.isWaiting) return counted;
  const minutes = String(Math.ceil(now.secondsLeft / 60));
  return `${counted} ${now.secondsLeft < 60 ? words.say("seconds_left") : words.say("minutes_left", { number: minutes })}`;
}

/** Return what is known of a pack on the device: a name and a value each. */
export function factsOf({ pack, taken }: Pick<Held, "pack" | "taken">, words: Words): [string, string][] {
  const date = (day: string): string => new Date(day).toLocaleDateString(words.lang, { dateStyle: "long" });
  const rows: [string, string][] = [
    ["fact_size", words.size(sizes(pack.files).stored)],
    ["fact_level", holds(pack, "model") ? words.say(`level_${pack.level}`) : ""],
    ["fact_edition", pack.day ? date(pack.day) : ""],
    ["fact_taken", date(taken)],
  ];
  return rows.flatMap(([name, value]): [string, string][] => (value ? [[words.say(name), value]] : []));
}

/** Return an address for people: of one that is all digits, enough to tell it from others. */
export function nameOf(file: PackFile): string {
  return file.url === addressOf(file) ? `${file.sha256.slice(0, 8)}….${file.ext}` : file.url;
}

/** Say whether the browser has promised to keep what is stored. */
export async function promise(): Promise<boolean> {
  return (await navigator.storage?.persisted?.()) ?? false;
}
