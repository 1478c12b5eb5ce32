// Deep links: the fragment of an address that names state, view, annotation, tour step and compared state.
import { type CameraView, formatView, parseView } from "./models/camera";

/** In the address, a step is "tour.number", counted from 1. */
export interface DeepLink {
  state: string;
  view?: CameraView | undefined;
  annotation?: string | undefined;
  tour?: string | undefined;
  step?: number | undefined;
  other?: string | undefined;
  /** How the other state is laid over, and how much of it is seen, from 0 to 1. */
  mode?: "slider" | "fade" | "side" | undefined;
  share?: number | undefined;
  ar?: boolean;
}

/** Parse a fragment; undefined if it names no state. */
export function parseDeepLink(hash: string): DeepLink | undefined {
  const parameters = new URLSearchParams(hash.replace(/^#/, ""));
  const state = parameters.get("state");
  if (!state) return undefined;
  const step = /^(.+)\.([1-9]\d{0,3})$/.exec(parameters.get("step") ?? "");
  const mix = /^(slider|fade|side)\.(\d{1,2}|100)$/.exec(parameters.get("mix") ?? "");
  return {
    state,
    view: parseView(parameters.get("view") ?? ""),
    annotation: parameters.get("annotation") ?? undefined,
    tour: step?.[1],
    step: step ? Number(step[2]) : undefined,
    other: parameters.get("with") ?? undefined,
    ...(mix ? { mode: mix[1] as DeepLink["mode"], share: Number(mix[2]) / 100 } : {}),
    ar: parameters.has("ar"),
  };
}

/** Return the fragment, with its "#". */
export function formatDeepLink(link: DeepLink): string {
  const parts: [string, string][] = [["state", link.state]];
  if (link.other) parts.push(["with", link.other]);
  if (link.other && link.mode && link.share !== undefined) parts.push(["mix", `${link.mode}.${Math.round(link.share * 100)}`]);
  if (link.view) parts.push(["view", formatView(link.view)]);
  if (link.annotation) parts.push(["annotation", link.annotation]);
  if (link.tour && link.step) parts.push(["step", `${link.tour}.${link.step}`]);
  if (link.ar) parts.push(["ar", "1"]);
  // Commas are allowed in a fragment and are easier to read.
  return `#${parts.map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll("%2C", ",")}`).join("&")}`;
}
