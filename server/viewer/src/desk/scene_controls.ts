// Fields and buttons of the editor; each has a name, by which it gets the focus again when its part is drawn anew.
import { h } from "../dom";
import type { SceneHost } from "./scene_host";
import { valueOf, withValues } from "./scene_state";

/** Values with their words, in order. */
export type Choices = readonly (readonly [string, string])[];
export type FieldKind = "line" | "text" | "number";

/** Return a field with its label. It changes its value, in one step of undo, when it is left. */
export function fieldOf(host: SceneHost, name: string, label: string, kind: FieldKind = "line", more?: (value: string) => Readonly<Record<string, string>>): HTMLElement {
  const values = { id: `f-${name}`, "data-do": name, ...(kind === "number" ? { inputmode: "decimal" } : { lang: "fr" }) };
  const field = kind === "text" ? h("textarea", { ...values, rows: 3 }) : h("input", { ...values, autocomplete: "off" });
  field.value = valueOf(host.state, name);
  field.addEventListener("change", () => host.edit(withValues(host.state, { [name]: field.value, ...more?.(field.value) }), "", true));
  return labelled(field, label);
}

/** Return a field that chooses between values; a value that is none of them stays. */
export function choiceOf(host: SceneHost, name: string, label: string, choices: Choices): HTMLElement {
  const value = valueOf(host.state, name);
  const all = choices.some(([code]) => code === value) ? choices : [...choices, [value, value] as const];
  const field = selectOf(`f-${name}`, all, value, (chosen) => host.edit(withValues(host.state, { [name]: chosen })));
  field.dataset["do"] = name;
  return labelled(field, label);
}

export function selectOf(id: string, choices: Choices, value: string, run: (value: string) => void): HTMLSelectElement {
  const options = choices.map(([code, word]) => h("option", { value: code, selected: code === value }, word));
  const field = h("select", { id, "data-do": id, onchange: () => run(field.value) }, ...options);
  return field;
}

export function labelled(field: HTMLElement, label: string): HTMLElement {
  return h("div", { class: "field" }, h("label", { for: field.id }, label), field);
}

/** Return a button; `of` says to what it belongs, for those who do not see where it is. */
export function buttonOf(does: string, label: string, run: () => void, of = "", isOff = false): HTMLButtonElement {
  // aria-disabled keeps the focus, unlike `disabled`.
  const button = h("button", { type: "button", "data-do": does, "aria-disabled": isOff ? "true" : undefined, onclick: () => isOff || run() }, label);
  if (of) button.append(h("span", { class: "unseen" }, ` ${of}`));
  return button;
}

/** Return a text that follows a field. */
export function shownValue(host: SceneHost, name: string, otherwise: string): HTMLElement {
  const element = h("span", { "data-shows": name, "data-otherwise": otherwise });
  showValue(element, valueOf(host.state, name));
  return element;
}

/** Show another value in such a text. */
export function showValue(element: HTMLElement, value: string): void {
  element.textContent = value || (element.dataset["otherwise"] ?? "");
  if (value) element.lang = "fr";
  else element.removeAttribute("lang");
}

/** Replace what an element shows; what had the focus, or was open, has it and is again. */
export function redrawn(element: HTMLElement, ...content: readonly HTMLElement[]): void {
  const focused = element.contains(document.activeElement) ? document.activeElement?.getAttribute("data-do") : null;
  const open = new Set([...element.querySelectorAll<HTMLDetailsElement>("details[open]")].map(({ id }) => id));
  element.replaceChildren(...content);
  for (const each of element.querySelectorAll("details")) if (open.has(each.id)) each.open = true;
  if (focused) element.querySelector<HTMLElement>(`[data-do="${CSS.escape(focused)}"]`)?.focus();
}
