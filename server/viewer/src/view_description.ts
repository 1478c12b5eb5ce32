// A named view in words: from where, what, and which annotations are on that side.
import { annotationsOf } from "./annotations";
import type { Host } from "./panel_host";
import type { Triple } from "./placing";
import { plain } from "./words";

/** A surface turned away by more than this (cosine) is not looked at. */
const FACING = 0.2;

/** Return the description of a view by its name, theta and phi in radians. */
export function described(host: Host, name: string, theta: number, phi: number): string {
  const { words, state } = host;
  const from: Triple = [Math.sin(phi) * Math.sin(theta), Math.cos(phi), Math.sin(phi) * Math.cos(theta)];
  const seen = annotationsOf(host).flatMap((each, at) => {
    const [x, y, z] = each.normal;
    const facing = (x * from[0] + y * from[1] + z * from[2]) / (Math.hypot(x, y, z) || 1);
    return facing > FACING ? [`${at + 1}. ${plain(each.title.text)}`] : [];
  });
  const what = [plain(state.title.text), state.date?.text].filter(Boolean).join(", ");
  const side = seen.length ? words.say("on_this_side", { points: seen.join("; ") }) : "";
  return [words.say(name), what, side].filter(Boolean).map((part) => part.replace(/[.]?$/, ".")).join(" ");
}
