// Which tools a state has, and what they are drawn as.
import { annotationsOf, annotationsPanel } from "./annotations";
import { arPanel, hasAr } from "./ar_panel";
import type { Tool } from "./ui/toolbar";
import type { Comparison } from "./comparison";
import { othersOf } from "./comparison";
import type { Daylight } from "./daylight";
import { canLight } from "./daylight";
import type { Guessed } from "./hypothetical";
import type { Host } from "./panel_host";
import type { Measuring } from "./measuring";
import { partsPanel, sharePanel, viewsPanel } from "./ui/panels";
import type { Tours } from "./tours";
import { toursOf } from "./tours";

const ICONS = {
  views: "M12 3v18M3 12h18M12 3l-2.5 2.5M12 3l2.5 2.5M12 21l-2.5-2.5M12 21l2.5-2.5M3 12l2.5-2.5M3 12l2.5 2.5M21 12l-2.5-2.5M21 12l-2.5 2.5",
  annotations: "M12 21s-6.5-6.2-6.5-11a6.5 6.5 0 0 1 13 0c0 4.8-6.5 11-6.5 11zM12 12.500a2.5 2.5 0 1 0 0-5a2.5 2.5 0 0 0 0 5z",
  compare: "M12 3v18M4 6h5v12H4zM15 6h5v12h-5z",
  tours: "M4 12a8 8 0 0 1 16 0v6h-4v-6h4M4 12v6h4v-6H4",
  parts: "M9.5 9a2.6 2.6 0 1 1 3.7 2.400c-.8.4-1.2 1-1.2 2.100M12 17v.1M12 21a9 9 0 1 0 0-18a9 9 0 0 0 0 18z",
  ar: "M12 3l8 4.500v9L12 21l-8-4.500v-9zM12 12l8-4.500M12 12v9M12 12L4 7.5",
  measure: "M3 15L15 3l6 6L9 21zM7 11l2 2M10 8l3 3M13 5l2 2",
  light: "M12 16a4 4 0 1 0 0-8a4 4 0 0 0 0 8zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M5 19l2-2M17 7l2-2",
  motion: "M8 5l11 7-11 7z",
  motion_off: "M8 5v14M16 5v14",
  share: "M8 12l8-5M8 12l8 5M6 14.500a2.5 2.5 0 1 0 0-5a2.5 2.5 0 0 0 0 5zM18 9a2.5 2.5 0 1 0 0-5a2.5 2.5 0 0 0 0 5zM18 20a2.5 2.5 0 1 0 0-5a2.5 2.5 0 0 0 0 5z",
  full: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
};

export interface Parts {
  tours: Tours;
  comparison: Comparison;
  measuring: Measuring;
  guessed: Guessed;
  daylight: Daylight;
  toggleMotion(): void;
  toggleFull(): void;
  isFull(): boolean;
}

/** Return the tools there are; those that move a model come with it. */
export function toolsOf(host: Host, parts: Parts): Tool[] {
  const { state, model } = host;
  const can = (is: unknown, tool: Tool): Tool[] => (is ? [tool] : []);
  const measure = { panel: () => (model && parts.measuring.start(model), parts.measuring.panel), closed: () => parts.measuring.stop() };
  return [
    ...can(annotationsOf(host).length, { name: "annotations", icon: ICONS.annotations, panel: () => annotationsPanel(host) }),
    ...can(model && othersOf(host).length, { name: "compare", icon: ICONS.compare, panel: () => parts.comparison.panel }),
    ...can(toursOf(host).length, { name: "tours", icon: ICONS.tours, panel: () => parts.tours.panel, closed: () => parts.tours.isPlaying || parts.tours.end() }),
    ...can(state.parts.length, { name: "parts", icon: ICONS.parts, panel: () => partsPanel(host, parts.guessed), closed: () => parts.guessed.mark(false) }),
    ...can(hasAr(host), { name: "ar", icon: ICONS.ar, panel: () => arPanel(host) }),
    ...can(model && state.is_size_known, { name: "measure", icon: ICONS.measure, ...measure }),
    ...can(model && canLight(state), { name: "light", icon: ICONS.light, panel: () => parts.daylight.start() }),
    ...can(model && state.clips.length, { name: model?.isMoving ? "stop" : "move", icon: model?.isMoving ? ICONS.motion_off : ICONS.motion, run: parts.toggleMotion }),
    ...can(model, { name: "view", icon: ICONS.views, panel: () => viewsPanel(host) }),
    { name: "share", icon: ICONS.share, panel: () => sharePanel(host) },
    { name: "full", icon: ICONS.full, run: parts.toggleFull, isPressed: parts.isFull },
  ];
}
