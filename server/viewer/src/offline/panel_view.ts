// The elements of the panel, created once to keep the focus, and their texts.
import { h } from "../dom";
import type { Pack, PackFile } from "../schema";
import type { Words } from "../words";
import type { DownloadProgress } from "./download";
import { contentAddress, missingFiles, type StoredPack, totalBytes } from "./pack_store";

export interface PanelView {
  readonly root: HTMLElement;
  readonly about: HTMLParagraphElement;
  readonly choices: HTMLFieldSetElement;
  readonly size: HTMLParagraphElement;
  readonly progress: HTMLProgressElement;
  readonly done: HTMLParagraphElement;
  readonly facts: HTMLDListElement;
  readonly note: HTMLParagraphElement;
  readonly status: HTMLParagraphElement;
  readonly buttons: Readonly<Record<Action, HTMLButtonElement>>;
  readonly sure: HTMLElement;
}

/** Actions of the visitor; each has a button. */
export type Action = "fetch" | "pause" | "resume" | "again" | "remove" | "yes" | "no";

export function createView(root: HTMLElement, words: Words, onAction: (action: Action) => void): PanelView {
  const button = (action: Action, label: string): HTMLButtonElement =>
    h("button", { type: "button", "data-act": action, onclick: () => onAction(action) }, words.t(label));
  const buttons: Record<Action, HTMLButtonElement> = {
    fetch: button("fetch", "download"),
    pause: button("pause", "pause"),
    resume: button("resume", "resume"),
    again: button("again", "again"),
    remove: button("remove", "delete"),
    yes: button("yes", "yes_delete"),
    no: button("no", "no"),
  };
  const { yes, no, ...regular } = buttons;
  const view: PanelView = {
    root,
    about: h("p", { hidden: true }),
    choices: h("fieldset", { class: "levels" }),
    size: h("p"),
    progress: h("progress", { "aria-label": words.t("progress"), max: 1 }),
    done: h("p", { class: "of" }),
    facts: h("dl", { class: "facts" }),
    note: h("p", { class: "of" }),
    status: h("p", { role: "status", class: "heard" }),
    buttons,
    sure: h("div", { class: "sure", role: "group", "aria-labelledby": "pack-sure" }, h("p", { id: "pack-sure" }, words.t("really")), h("div", { class: "acts" }, yes, no)),
  };
  const heading = h("h3", { id: "pack-title", tabindex: -1 }, words.t("title"));
  const actions = h("div", { class: "acts" }, ...Object.values(regular));
  root.setAttribute("aria-labelledby", "pack-title");
  root.replaceChildren(
    heading, view.about, view.facts, view.choices, view.size, view.progress, view.done, actions, view.sure, view.status, view.note,
  );
  return view;
}

/** Show the buttons of the given actions; if the focused one disappears, the first visible one gets the focus. */
export function showActions(view: PanelView, actions: ReadonlySet<Action>): void {
  const focused = document.activeElement;
  const hasFocus = Object.values(view.buttons).some((button) => button === focused);
  view.sure.hidden = !actions.has("yes");
  for (const [action, button] of Object.entries(view.buttons)) button.hidden = !actions.has(action as Action);
  if (!hasFocus || (focused as HTMLElement).checkVisibility()) return;
  const next = Object.values(view.buttons).find((button) => button.checkVisibility()) ?? view.root.querySelector<HTMLElement>("#pack-title");
  next?.focus();
}

// Texts: sizes, dates and progress.

/** Names of the parts of a pack, and the roles of their files. */
const PARTS: Readonly<Record<string, readonly PackFile["role"][]>> = {
  part_pages: ["page"],
  part_pictures: ["poster", "image"],
  part_sounds: ["sound"],
  part_videos: ["video"],
  part_documents: ["document"],
  part_models: ["model"],
};

/** Return whether a pack has a file of one of the roles. */
export function hasRole(pack: Pack, ...roles: readonly PackFile["role"][]): boolean {
  return pack.files.some((file) => roles.includes(file.role));
}

/** Return a sentence that lists the contents of a pack. */
export function describeContents(pack: Pack, words: Words): string {
  const parts = Object.entries(PARTS).flatMap(([name, roles]) => (hasRole(pack, ...roles) ? [words.t(name)] : []));
  const contents = words.t("about", { parts: new Intl.ListFormat(words.lang, { type: "conjunction" }).format(parts) });
  return hasRole(pack, "ar") ? `${contents} ${words.t("about_ar")}` : contents;
}

/** Return the bytes to fetch, and the total bytes in the store. */
export function describeSize(pack: Pack, storedAddresses: ReadonlySet<string>, words: Words): string {
  const missingBytes = totalBytes(missingFiles(pack.files, storedAddresses)).sent;
  return words.t("size", { sent: words.size(missingBytes), kept: words.size(totalBytes(pack.files).stored) });
}

/** Return the progress, and the estimated time left. */
export function describeProgress(progress: DownloadProgress, words: Words, isRunning: boolean): string {
  const values = { done: words.size(progress.done), whole: words.size(progress.total), files: String(progress.files), count: String(progress.of) };
  const done = words.t("done_of", values);
  if (!isRunning || progress.secondsLeft === undefined || progress.isWaiting) return done;
  const minutes = String(Math.ceil(progress.secondsLeft / 60));
  return `${done} ${progress.secondsLeft < 60 ? words.t("seconds_left") : words.t("minutes_left", { number: minutes })}`;
}

/** Return names and values that describe a stored pack. */
export function packFacts({ pack, taken }: Pick<StoredPack, "pack" | "taken">, words: Words): [string, string][] {
  const date = (day: string): string => new Date(day).toLocaleDateString(words.lang, { dateStyle: "long" });
  const rows: [string, string][] = [
    ["fact_size", words.size(totalBytes(pack.files).stored)],
    ["fact_level", hasRole(pack, "model") ? words.t(`level_${pack.level}`) : ""],
    ["fact_edition", pack.day ? date(pack.day) : ""],
    ["fact_taken", date(taken)],
  ];
  return rows.flatMap(([name, value]): [string, string][] => (value ? [[words.t(name), value]] : []));
}

/** Return a readable label of a file; a content address is shortened. */
export function fileLabel(file: PackFile): string {
  return file.url === contentAddress(file) ? `${file.sha256.slice(0, 8)}….${file.ext}` : file.url;
}

/** Return whether the browser has granted persistent storage. */
export async function isStoragePersistent(): Promise<boolean> {
  return (await navigator.storage?.persisted?.()) ?? false;
}
