// Say sizes, dates and progress in the words of the page.
import { h } from "../dom";
import type { Pack, PackFile } from "../manifest";
import { addressOf, missing, sizes } from "../packs/difference";
import type { Held } from "../packs/store";
import type { Words } from "../words";
import type { Progress } from "./download";

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

/** Return what is known of a pack on the device. */
export function factsOf({ pack, taken }: Held, words: Words): HTMLElement[] {
  const date = (day: string): string => new Date(day).toLocaleDateString(words.lang, { dateStyle: "long" });
  const rows: [string, string][] = [
    ["fact_size", words.size(sizes(pack.files).stored)],
    ["fact_level", words.say(`level_${pack.level}`)],
    ["fact_edition", pack.day ? date(pack.day) : ""],
    ["fact_taken", date(taken)],
  ];
  return rows.flatMap(([name, value]) => (value ? [h("dt", {}, words.say(name)), h("dd", {}, value)] : []));
}

/** Return an address for people: of one that is all digits, enough to tell it from others. */
export function nameOf(file: PackFile): string {
  return file.url === addressOf(file) ? `${file.sha256.slice(0, 8)}….${file.ext}` : file.url;
}

/** Say whether the browser has promised to keep what is stored. */
export async function promise(): Promise<boolean> {
  return (await navigator.storage?.persisted?.()) ?? false;
}
