// What an address says of a viewer, behind its #: state, view, annotation, tour and step, and the state laid upon it.
import { type Look, readLook, writeLook } from "./models/camera";

/** `step` is "tour.number", the number counted from 1. */
export interface Place {
  state: string;
  look?: Look | undefined;
  annotation?: string | undefined;
  tour?: string | undefined;
  step?: number | undefined;
  other?: string | undefined;
  ar?: boolean;
}

/** Read what stands behind the #; undefined where no state is named. */
export function readPlace(hash: string): Place | undefined {
  const told = new URLSearchParams(hash.replace(/^#/, ""));
  const state = told.get("state");
  if (!state) return undefined;
  const step = /^(.+)\.([1-9]\d{0,3})$/.exec(told.get("step") ?? "");
  return {
    state,
    look: readLook(told.get("view") ?? ""),
    annotation: told.get("annotation") ?? undefined,
    tour: step?.[1],
    step: step ? Number(step[2]) : undefined,
    other: told.get("with") ?? undefined,
    ar: told.has("ar"),
  };
}

/** Write it, with its #. */
export function writePlace(place: Place): string {
  const parts: [string, string][] = [["state", place.state]];
  if (place.other) parts.push(["with", place.other]);
  if (place.look) parts.push(["view", writeLook(place.look)]);
  if (place.annotation) parts.push(["annotation", place.annotation]);
  if (place.tour && place.step) parts.push(["step", `${place.tour}.${place.step}`]);
  if (place.ar) parts.push(["ar", "1"]);
  // Commas may stand in a fragment, and read better so.
  return `#${parts.map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll("%2C", ",")}`).join("&")}`;
}
