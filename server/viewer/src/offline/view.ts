// The elements of the panel: made once, so that the focus stays where it is, and filled as things change.
import { h } from "../dom";
import type { Words } from "../words";

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
