// The buttons under a model, and the panel that each opens.
import { h, icon } from "../dom";
import type { Words } from "../words";

/** What a button is for; one without a panel does something at once. */
export interface Tool {
  name: string;
  icon: string;
  panel?: () => HTMLElement;
  run?: () => void;
  closed?: () => void;
  isPressed?: () => boolean;
}

const PANEL = "panel";

export class Bar {
  readonly element = h("div", { class: "bar", part: "bar" });
  readonly panel = h("div", { class: "panel", part: "panel", id: PANEL, role: "group", hidden: true });
  readonly #words: Words;
  #tools: readonly Tool[] = [];
  #opened: Tool | undefined;

  constructor(words: Words) {
    this.#words = words;
    this.panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close(true);
    });
  }

  get opened(): string {
    return this.#opened?.name ?? "";
  }

  /** Put the buttons there; one that has the focus keeps it. */
  draw(tools: readonly Tool[]): void {
    const focused = (this.element.getRootNode() as ShadowRoot).activeElement?.getAttribute("data-tool");
    this.#tools = tools;
    this.element.replaceChildren(...tools.map((tool) => this.#button(tool)));
    if (focused) this.#buttonOf(focused)?.focus();
  }

  open(name: string): void {
    const tool = this.#tools.find((each) => each.name === name);
    if (!tool?.panel || this.#opened === tool) return;
    this.close(false);
    this.#opened = tool;
    const close = h("button", { type: "button", class: "small", onclick: () => this.close(true) }, this.#words.say("close"));
    const title = h("h2", { id: "panel-title" }, this.#words.say(name));
    this.panel.setAttribute("aria-labelledby", "panel-title");
    this.panel.replaceChildren(h("header", {}, title, close), tool.panel());
    this.panel.hidden = false;
    this.#mark();
  }

  close(isFocused: boolean): void {
    const tool = this.#opened;
    if (!tool) return;
    this.#opened = undefined;
    tool.closed?.();
    this.panel.hidden = true;
    this.panel.replaceChildren();
    this.#mark();
    if (isFocused) this.#buttonOf(tool.name)?.focus();
  }

  focus(name: string): void {
    this.#buttonOf(name)?.focus();
  }

  #button(tool: Tool): HTMLElement {
    const word = this.#words.say(tool.name);
    const made = h("button", { type: "button", "data-tool": tool.name, title: word }, icon(tool.icon), h("span", { class: "word" }, word));
    if (tool.panel) {
      made.setAttribute("aria-expanded", String(this.#opened?.name === tool.name));
      made.setAttribute("aria-controls", PANEL);
    }
    if (tool.isPressed) made.setAttribute("aria-pressed", String(tool.isPressed()));
    made.addEventListener("click", () => {
      if (!tool.panel) tool.run?.();
      else if (this.opened === tool.name) this.close(true);
      else this.open(tool.name);
      if (tool.isPressed) made.setAttribute("aria-pressed", String(tool.isPressed()));
    });
    return made;
  }

  #buttonOf(name: string): HTMLElement | null {
    return this.element.querySelector(`[data-tool="${name}"]`);
  }

  #mark(): void {
    for (const each of this.element.querySelectorAll("[aria-expanded]")) {
      each.setAttribute("aria-expanded", String(each.getAttribute("data-tool") === this.opened));
    }
  }
}
