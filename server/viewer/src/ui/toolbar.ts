// The tools of a model: the most used ones as a column of buttons, all others in a menu, and the panel that they open.
import { h, icon } from "../dom";
import { annotationsPanel, stateAnnotations } from "../tools/annotations";
import { hasAr, openArDialog } from "../tools/ar";
import { comparableStates, type Comparison } from "../tools/comparison";
import { canLight, type Daylight } from "../tools/daylight";
import type { HypotheticalParts } from "../tools/hypothetical";
import type { Measurement } from "../tools/measurement";
import type { PanelHost } from "../tools/panel_host";
import { canCut, type Slice } from "../tools/slice";
import type { Snapshot } from "../tools/snapshot";
import { stateTours, type Tours } from "../tools/tours";
import type { Words } from "../words";
import { partsPanel, sharePanel, viewsPanel } from "./panels";

/** A button; without a panel, it acts immediately. */
export interface Tool {
  name: string;
  icon: string;
  panel?: () => HTMLElement;
  run?: () => void;
  onClose?: () => void;
  isPressed?: () => boolean;
}

const PANEL = "panel";
const MENU = "menu";
/** Tools that come first in the column, as far as they are available and there is room. */
const FIRST = ["view", "tours", "annotations", "full"];
const MORE_ICON = "M5 12v.1M12 12v.1M19 12v.1";
/** Gap between two buttons of the column, in pixels. */
const GAP_PX = 8;
/** In a window of a phone, what the tools open is a sheet at its lower edge, as of any app. */
const PHONE = "(max-width: 639px)";

export class Toolbar {
  readonly element = h("div", { class: "bar", part: "bar" });
  readonly menu = h("div", { class: "menu", id: MENU, role: "group", hidden: true });
  readonly panel = h("div", { class: "panel", part: "panel", id: PANEL, role: "group", hidden: true });
  readonly #words: Words;
  readonly #stage: HTMLElement;
  readonly #more: HTMLElement;
  readonly #items = h("div");
  #tools: readonly Tool[] = [];
  #openTool: Tool | undefined;
  #room = FIRST.length;
  readonly #stopped = new AbortController();

  /** stage : gets `data-panel` while a panel is open, and the model makes room */
  constructor(words: Words, stage: HTMLElement) {
    this.#words = words;
    this.#stage = stage;
    this.#more = h("button", { type: "button", "data-tool": "more", "aria-expanded": "false", "aria-controls": MENU, onclick: () => this.#toggleMenu() },
      icon(MORE_ICON), h("span", { class: "word" }, words.short("more")));
    this.menu.setAttribute("aria-label", words.t("more"));
    this.menu.append(this.#items);
    this.panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      this.close(true);
    });
    document.addEventListener("pointerdown", (event) => {
      const isOutside = !event.composedPath().some((each) => each === this.menu || each === this.#more);
      if (isOutside && isSheet(this.menu)) this.closeMenu();
    }, { signal: this.#stopped.signal, capture: true });
    // A sheet belongs to the model: once that is scrolled away, the rest of the page is free.
    const seen = new IntersectionObserver((entries) => {
      for (const part of [this.menu, this.panel]) part.classList.toggle("away", !entries.at(-1)?.isIntersecting);
    });
    seen.observe(stage);
    this.#stopped.signal.addEventListener("abort", () => seen.disconnect());
    for (const part of [this.menu, this.element]) {
      part.addEventListener("keydown", (event) => {
        if (event.key !== "Escape" || this.menu.hidden) return;
        event.preventDefault();
        this.closeMenu();
        this.#more.focus();
      });
    }
  }

  dispose(): void {
    this.#stopped.abort();
  }

  get openName(): string {
    return this.#openTool?.name ?? "";
  }

  /** Fit the column into a height, in pixels: as many buttons as are whole, however many lines their words have. */
  fit(height: number): void {
    for (let room = FIRST.length; room >= 1; room -= 1) {
      if (room !== this.#room) {
        this.#room = room;
        this.render(this.#tools);
      }
      const heights = [...this.element.children].map((each) => each.getBoundingClientRect().height + GAP_PX);
      if (heights.reduce((sum, each) => sum + each, -GAP_PX) <= height) return;
    }
  }

  /** Show an open sheet above what fills the screen since a moment ago. */
  raise(): void {
    for (const part of [this.menu, this.panel]) if (isSheet(part)) showSheet(part);
    this.makeRoom();
  }

  /** Render the buttons; the focused one keeps the focus. */
  render(tools: readonly Tool[]): void {
    const focused = (this.element.getRootNode() as ShadowRoot).activeElement?.getAttribute("data-tool");
    this.#tools = tools;
    const rank = ({ name }: Tool) => (FIRST.indexOf(name) + FIRST.length + 1) % (FIRST.length + 1);
    const sorted = [...tools].sort((one, other) => rank(one) - rank(other));
    // The last place is for "more", unless only one tool would be behind it.
    const count = sorted.length === this.#room + 1 ? sorted.length : this.#room;
    const others = tools.filter((each) => sorted.indexOf(each) >= count);
    const column = sorted.slice(0, count).map((tool) => this.#button(tool, true));
    setChildren(this.element, others.length ? [...column, this.#more] : column);
    setChildren(this.#items, others.map((tool) => this.#button(tool, false)));
    if (!others.length) this.closeMenu();
    if (focused) this.focus(focused);
  }

  /** Open the panel of a tool, unless it is open, or let the tool act; return whether there is such a tool. */
  open(name: string): boolean {
    const tool = this.#tools.find((each) => each.name === name);
    this.closeMenu();
    if (!tool) return false;
    if (!tool.panel) {
      tool.run?.();
      return true;
    }
    if (this.openName === name) return true;
    this.close(false);
    this.#openTool = tool;
    const close = h("button", { type: "button", "data-do": "close", onclick: () => this.close(true) }, this.#words.t("close"));
    const title = h("h2", { id: "panel-title" }, this.#words.t(name));
    this.panel.setAttribute("aria-labelledby", "panel-title");
    this.panel.replaceChildren(h("header", {}, title, close), tool.panel());
    this.panel.hidden = false;
    this.#stage.dataset["panel"] = name;
    if (matchMedia(PHONE).matches) {
      this.#stage.dataset["sheet"] = "";
      // What is said is read beside the model, and not over it.
      const caption = this.#stage.querySelector(".caption");
      if (name === "tours" && caption) this.panel.firstElementChild?.after(caption);
      this.#stage.scrollIntoView({ block: "start" });
      showSheet(this.panel);
      this.makeRoom();
    }
    this.panel.scrollTop = 0;
    this.#updateExpanded();
    return true;
  }

  /** Leave the part of the stage free that a sheet covers. */
  makeRoom(): void {
    const covered = isSheet(this.panel) ? this.#stage.getBoundingClientRect().bottom - this.panel.getBoundingClientRect().top : 0;
    if (covered > 0) this.#stage.style.setProperty("--_sheet", `${Math.round(covered)}px`);
    else this.#stage.style.removeProperty("--_sheet");
  }

  close(isFocused: boolean): void {
    const tool = this.#openTool;
    if (!tool) return;
    this.#openTool = undefined;
    tool.onClose?.();
    const caption = this.panel.querySelector(".caption");
    if (caption) this.#stage.querySelector(".foot")?.prepend(caption);
    hideSheet(this.panel);
    this.panel.hidden = true;
    this.panel.replaceChildren();
    delete this.#stage.dataset["panel"];
    delete this.#stage.dataset["sheet"];
    this.makeRoom();
    this.#updateExpanded();
    if (isFocused) this.focus(tool.name);
  }

  /** Close the menu; the focus goes from it to what opens it. */
  closeMenu(): void {
    if (this.menu.matches(":focus-within")) this.#more.focus();
    hideSheet(this.menu);
    this.menu.hidden = true;
    this.#more.setAttribute("aria-expanded", "false");
  }

  /** Focus the button of a tool, or the one that leads to it. */
  focus(name: string): void {
    const button = this.#buttonOf(name);
    if (button && this.menu.hidden && this.menu.contains(button)) this.#more.focus();
    else button?.focus();
  }

  /** Focus the first button of the open panel. */
  focusPanel(): void {
    this.panel.querySelector<HTMLElement>("[data-do=close]")?.focus();
  }

  #toggleMenu(): void {
    if (!this.menu.hidden) return this.closeMenu();
    this.menu.hidden = false;
    if (matchMedia(PHONE).matches) showSheet(this.menu);
    this.#more.setAttribute("aria-expanded", "true");
    this.menu.querySelector("button")?.focus();
  }

  /** Return the button of a tool: the one that is there, or a new one. */
  #button(tool: Tool, isShort: boolean): HTMLElement {
    const part = isShort ? this.element : this.#items;
    const button = part.querySelector<HTMLElement>(`[data-tool="${tool.name}"]`) ?? this.#newButton(tool, isShort);
    if (tool.isPressed) button.setAttribute("aria-pressed", String(tool.isPressed()));
    if (tool.panel) button.setAttribute("aria-expanded", String(this.#openTool?.name === tool.name));
    return button;
  }

  #newButton(tool: Tool, isShort: boolean): HTMLElement {
    const label = this.#words.t(tool.name);
    const word = isShort ? this.#words.short(tool.name) : label;
    const button = h("button", { type: "button", "data-tool": tool.name, title: word === label ? undefined : label }, icon(tool.icon), h("span", { class: "word" }, word));
    if (tool.panel) button.setAttribute("aria-controls", PANEL);
    button.addEventListener("click", () => {
      if (this.openName === tool.name) this.close(true);
      else this.open(tool.name);
      // On a narrow stage the panel takes the place of the column.
      if (this.openName && !button.checkVisibility()) this.focusPanel();
    });
    return button;
  }

  #buttonOf(name: string): HTMLElement | null {
    const selector = `[data-tool="${name}"]`;
    return this.element.querySelector<HTMLElement>(selector) ?? this.menu.querySelector<HTMLElement>(selector);
  }

  #updateExpanded(): void {
    for (const each of [this.element, this.menu].flatMap((part) => [...part.querySelectorAll(`[aria-controls=${PANEL}]`)])) {
      each.setAttribute("aria-expanded", String(each.getAttribute("data-tool") === this.openName));
    }
  }
}

/** Give a part its children; what stays is not touched, as a press that has begun on it would be lost. */
function setChildren(part: HTMLElement, children: readonly HTMLElement[]): void {
  for (const each of [...part.children]) if (!children.includes(each as HTMLElement)) each.remove();
  children.forEach((each, at) => part.children[at] === each || part.insertBefore(each, part.children[at] ?? null));
}

// A sheet lies at the lower edge of the window, over all of the page.

function isSheet(part: HTMLElement): boolean {
  return part.popover === "manual" && part.matches(":popover-open");
}

function showSheet(part: HTMLElement): void {
  hideSheet(part);
  part.popover = "manual";
  part.showPopover?.();
}

function hideSheet(part: HTMLElement): void {
  if (isSheet(part)) part.hidePopover();
  part.popover = null;
}

// The tools of a state, and their icons.

const ICONS = {
  views: "M12 3v18M3 12h18M12 3l-2.5 2.5M12 3l2.5 2.5M12 21l-2.5-2.5M12 21l2.5-2.5M3 12l2.5-2.5M3 12l2.5 2.5M21 12l-2.5-2.5M21 12l-2.5 2.5",
  annotations: "M12 21s-6.5-6.2-6.5-11a6.5 6.5 0 0 1 13 0c0 4.8-6.5 11-6.5 11zM12 12.5a2.5 2.5 0 1 0 0-5a2.5 2.5 0 0 0 0 5z",
  compare: "M12 3v18M4 6h5v12H4zM15 6h5v12h-5z",
  tours: "M4 12a8 8 0 0 1 16 0v6h-4v-6h4M4 12v6h4v-6H4",
  parts: "M9.5 9a2.6 2.6 0 1 1 3.7 2.4c-.8.4-1.2 1-1.2 2.1M12 17v.1M12 21a9 9 0 1 0 0-18a9 9 0 0 0 0 18z",
  ar: "M12 3l8 4.5v9L12 21l-8-4.5v-9zM12 12l8-4.5M12 12v9M12 12L4 7.5",
  measure: "M3 15L15 3l6 6L9 21zM7 11l2 2M10 8l3 3M13 5l2 2",
  light: "M12 16a4 4 0 1 0 0-8a4 4 0 0 0 0 8zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M5 19l2-2M17 7l2-2",
  slice: "M4 4h9v16H4zM16 3v18M19 8v8",
  snapshot: "M4 8h4l2-3h4l2 3h4v11H4zM12 16.5a3.5 3.5 0 1 0 0-7a3.5 3.5 0 0 0 0 7z",
  motion: "M8 5l11 7-11 7z",
  motion_off: "M8 5v14M16 5v14",
  share: "M8 12l8-5M8 12l8 5M6 14.5a2.5 2.5 0 1 0 0-5a2.5 2.5 0 0 0 0 5zM18 9a2.5 2.5 0 1 0 0-5a2.5 2.5 0 0 0 0 5zM18 20a2.5 2.5 0 1 0 0-5a2.5 2.5 0 0 0 0 5z",
  full: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
};

export interface ToolParts {
  tours: Tours;
  comparison: Comparison;
  measuring: Measurement;
  hypothetical: HypotheticalParts;
  daylight: Daylight;
  slice: Slice;
  snapshot: Snapshot;
  toggleMotion(): void;
  toggleFullScreen(): void;
  isFullScreen(): boolean;
}

/** Return the available tools; some require a loaded model. */
export function availableTools(host: PanelHost, parts: ToolParts): Tool[] {
  const { state, model, hasModel } = host;
  const can = (is: unknown, tool: Tool): Tool[] => (is ? [tool] : []);
  const measure = { panel: () => (void host.ready().then((ready) => ready && parts.measuring.panel.isConnected && parts.measuring.start(ready)), parts.measuring.panel), onClose: () => parts.measuring.stop() };
  return [
    ...can(stateAnnotations(host).length, { name: "annotations", icon: ICONS.annotations, panel: () => annotationsPanel(host) }),
    ...can(hasModel && comparableStates(host).length, { name: "compare", icon: ICONS.compare, panel: () => parts.comparison.panel }),
    ...can(stateTours(host).length, { name: "tours", icon: ICONS.tours, panel: () => parts.tours.panel, onClose: () => parts.tours.isPlaying || parts.tours.end() }),
    ...can(state.parts.length, { name: "parts", icon: ICONS.parts, panel: () => partsPanel(host, parts.hypothetical), onClose: () => parts.hypothetical.mark(false) }),
    ...can(hasAr(host), { name: "ar", icon: ICONS.ar, run: () => void openArDialog(host, parts.comparison.otherInView) }),
    ...can(hasModel && state.is_size_known && !host.territory, { name: "measure", icon: ICONS.measure, ...measure }),
    ...can(hasModel && canLight(state), { name: "light", icon: ICONS.light, panel: () => (void host.ready(), parts.daylight.start()) }),
    ...can(model && canCut(state), { name: "slice", icon: ICONS.slice, panel: () => (model ? parts.slice.start(model) : parts.slice.panel) }),
    ...can(model, { name: "snapshot", icon: ICONS.snapshot, panel: () => parts.snapshot.start(), onClose: () => parts.snapshot.clear() }),
    ...can(hasModel && state.clips.length, { name: model?.isMoving ? "stop" : "move", icon: model?.isMoving ? ICONS.motion_off : ICONS.motion, run: () => parts.toggleMotion() }),
    ...can(hasModel, { name: "view", icon: ICONS.views, panel: () => (void host.ready(), viewsPanel(host)) }),
    { name: "share", icon: ICONS.share, panel: () => sharePanel(host) },
    { name: "full", icon: ICONS.full, run: () => parts.toggleFullScreen(), isPressed: () => parts.isFullScreen() },
  ];
}
