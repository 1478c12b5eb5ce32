// The elements of the panel: made once, so that the focus stays where it is, and filled as things change.
import { h } from "../dom";
import type { Pack, PackFile } from "../schema";
import type { Words } from "../words";
import type { Progress } from "./download";
import { addressOf, type Held, missing, sizes } from "./pack_store";

export interface Face {
  readonly root: HTMLElement;
  readonly about: HTMLParagraphElement;
  readonly choices: HTMLFieldSetElement;
  readonly size: HTMLParagraphElement;
  readonly progress: HTMLProgressElement;
  readonly done: HTMLParagraphElement;
  readonly facts: HTMLDListElement;
  readonly note: HTMLParagraphElement;
  readonly status: HTMLParagraphElement;
  readonly buttons: Readonly<Record<Act, HTMLButtonElement>>;
  readonly sure: HTMLElement;
}

/** What a visitor can do; each button is named for it. */
export type Act = "fetch" | "pause" | "resume" | "again" | "remove" | "yes" | "no";

export function faceOf(root: HTMLElement, words: Words, acted: (act: Act) => void): Face {
  const button = (act: Act, word: string): HTMLButtonElement =>
    h("button", { type: "button", "data-act": act, onclick: () => acted(act) }, words.say(word));
  const buttons: Record<Act, HTMLButtonElement> = {
    fetch: button("fetch", "download"),
    pause: button("pause", "pause"),
    resume: button("resume", "resume"),
    again: button("again", "again"),
    remove: button("remove", "delete"),
    yes: button("yes", "yes_delete"),
    no: button("no", "no"),
  };
  const { yes, no, ...shown } = buttons;
  const face: Face = {
    root,
    about: h("p", { hidden: true }),
    choices: h("fieldset", { class: "levels" }),
    size: h("p"),
    progress: h("progress", { "aria-label": words.say("progress"), max: 1 }),
    done: h("p", { class: "of" }),
    facts: h("dl", { class: "facts" }),
    note: h("p", { class: "of" }),
    status: h("p", { role: "status", class: "heard" }),
    buttons,
    sure: h("div", { class: "sure", role: "group", "aria-labelledby": "pack-sure" }, h("p", { id: "pack-sure" }, words.say("really")), h("div", { class: "acts" }, yes, no)),
  };
  const heading = h("h3", { id: "pack-title", tabindex: -1 }, words.say("title"));
  const acts = h("div", { class: "acts" }, ...Object.values(shown));
  root.setAttribute("aria-labelledby", "pack-title");
  root.replaceChildren(
    heading, face.about, face.facts, face.choices, face.size, face.progress, face.done, acts, face.sure, face.status, face.note,
  );
  return face;
}

/** Show what counts now; the focus of a button that goes is taken by the first that is there. */
export function show(face: Face, acts: ReadonlySet<Act>): void {
  const focused = document.activeElement;
  const isOurs = Object.values(face.buttons).some((button) => button === focused);
  face.sure.hidden = !acts.has("yes");
  for (const [act, button] of Object.entries(face.buttons)) button.hidden = !acts.has(act as Act);
  if (!isOurs || (focused as HTMLElement).checkVisibility()) return;
  const next = Object.values(face.buttons).find((button) => button.checkVisibility()) ?? face.root.querySelector<HTMLElement>("#pack-title");
  next?.focus();
}

// Say sizes, dates and progress in the words of the page.

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
