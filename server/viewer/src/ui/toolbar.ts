// The toolbar under a model, and the panel that its buttons open.
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

export class Toolbar {
  readonly element = h("div", { class: "bar", part: "bar" });
  readonly panel = h("div", { class: "panel", part: "panel", id: PANEL, role: "group", hidden: true });
  readonly #words: Words;
  #tools: readonly Tool[] = [];
  #openTool: Tool | undefined;

  constructor(words: Words) {
    this.#words = words;
    this.panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close(true);
    });
  }

  get openName(): string {
    return this.#openTool?.name ?? "";
  }

  /** Render the buttons; the focused one keeps the focus. */
  render(tools: readonly Tool[]): void {
    const focused = (this.element.getRootNode() as ShadowRoot).activeElement?.getAttribute("data-tool");
    this.#tools = tools;
    this.element.replaceChildren(...tools.map((tool) => this.#button(tool)));
    if (focused) this.#buttonOf(focused)?.focus();
  }

  open(name: string): void {
    const tool = this.#tools.find((each) => each.name === name);
    if (tool?.run) return tool.run();
    if (!tool?.panel || this.#openTool === tool) return;
    this.close(false);
    this.#openTool = tool;
    const close = h("button", { type: "button", class: "small", onclick: () => this.close(true) }, this.#words.t("close"));
    const title = h("h2", { id: "panel-title" }, this.#words.t(name));
    this.panel.setAttribute("aria-labelledby", "panel-title");
    this.panel.replaceChildren(h("header", {}, title, close), tool.panel());
    this.panel.hidden = false;
    this.#updateExpanded();
  }

  close(isFocused: boolean): void {
    const tool = this.#openTool;
    if (!tool) return;
    this.#openTool = undefined;
    tool.onClose?.();
    this.panel.hidden = true;
    this.panel.replaceChildren();
    this.#updateExpanded();
    if (isFocused) this.#buttonOf(tool.name)?.focus();
  }

  focus(name: string): void {
    this.#buttonOf(name)?.focus();
  }

  #button(tool: Tool): HTMLElement {
    const label = this.#words.t(tool.name);
    const button = h("button", { type: "button", "data-tool": tool.name, title: label }, icon(tool.icon), h("span", { class: "word" }, label));
    if (tool.panel) {
      button.setAttribute("aria-expanded", String(this.#openTool?.name === tool.name));
      button.setAttribute("aria-controls", PANEL);
    }
    if (tool.isPressed) button.setAttribute("aria-pressed", String(tool.isPressed()));
    button.addEventListener("click", () => {
      if (!tool.panel) tool.run?.();
      else if (this.openName === tool.name) this.close(true);
      else this.open(tool.name);
      if (tool.isPressed) button.setAttribute("aria-pressed", String(tool.isPressed()));
    });
    return button;
  }

  #buttonOf(name: string): HTMLElement | null {
    return this.element.querySelector(`[data-tool="${name}"]`);
  }

  #updateExpanded(): void {
    for (const each of this.element.querySelectorAll("[aria-expanded]")) {
      each.setAttribute("aria-expanded", String(each.getAttribute("data-tool") === this.openName));
    }
  }
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
  const { state, model } = host;
  const can = (is: unknown, tool: Tool): Tool[] => (is ? [tool] : []);
  const measure = { panel: () => (model && parts.measuring.start(model), parts.measuring.panel), onClose: () => parts.measuring.stop() };
  return [
    ...can(stateAnnotations(host).length, { name: "annotations", icon: ICONS.annotations, panel: () => annotationsPanel(host) }),
    ...can(model && comparableStates(host).length, { name: "compare", icon: ICONS.compare, panel: () => parts.comparison.panel }),
    ...can(stateTours(host).length, { name: "tours", icon: ICONS.tours, panel: () => parts.tours.panel, onClose: () => parts.tours.isPlaying || parts.tours.end() }),
    ...can(state.parts.length, { name: "parts", icon: ICONS.parts, panel: () => partsPanel(host, parts.hypothetical), onClose: () => parts.hypothetical.mark(false) }),
    ...can(hasAr(host), { name: "ar", icon: ICONS.ar, run: () => void openArDialog(host) }),
    ...can(model && state.is_size_known && !host.territory, { name: "measure", icon: ICONS.measure, ...measure }),
    ...can(model && canLight(state), { name: "light", icon: ICONS.light, panel: () => parts.daylight.start() }),
    ...can(model && canCut(state), { name: "slice", icon: ICONS.slice, panel: () => (model ? parts.slice.start(model) : parts.slice.panel) }),
    ...can(model, { name: "snapshot", icon: ICONS.snapshot, panel: () => parts.snapshot.start(), onClose: () => parts.snapshot.clear() }),
    ...can(model && state.clips.length, { name: model?.isMoving ? "stop" : "move", icon: model?.isMoving ? ICONS.motion_off : ICONS.motion, run: () => parts.toggleMotion() }),
    ...can(model, { name: "view", icon: ICONS.views, panel: () => viewsPanel(host) }),
    { name: "share", icon: ICONS.share, panel: () => sharePanel(host) },
    { name: "full", icon: ICONS.full, run: () => parts.toggleFullScreen(), isPressed: () => parts.isFullScreen() },
  ];
}
