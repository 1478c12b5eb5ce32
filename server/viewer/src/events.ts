// Events of the element; all bubble and cross shadow roots.
import type { LevelName } from "./models/levels";

export interface CarreauEvents {
  /** A level of the model is shown; `file` is the level whose file it is, another one where a lighter encoding is shown, and `next` the level that follows by itself. */
  "carreau-load": { state: string; level: LevelName; file: LevelName; bytes: number; next?: LevelName };
  /** The beginning of a level is shown while the rest arrives: all its triangles, with a small texture. */
  "carreau-begin": { state: string; level: LevelName };
  /** Progress of loading a level, in bytes. */
  "carreau-progress": { state: string; level: LevelName; done: number; whole: number };
  /** Nothing can be shown, or a level failed to load. */
  "carreau-error": { reason: "webgl" | "network" | "data" };
  /** An annotation was selected; empty when it was deselected. Where it is cancelled, only its pin is marked. */
  "carreau-annotation": { annotation: string };
  /** A tour reached a step, counted from 1; 0 at its end. */
  "carreau-step": { tour: string; step: number };
  /** A comparison started, changed or ended; share of the second state from 0 to 1. */
  "carreau-compare": { mode: "off" | "slider" | "fade" | "side"; other: string; share: number };
  /** A distance was measured, in metres. */
  "carreau-measure": { metres: number };
  /** The visitor opened augmented reality: on a table, or life-size; on its page, the size is chosen there. */
  "carreau-ar": { way: "webxr" | "scene-viewer" | "quick-look"; size: "table" | "life" } | { way: "page" };
  /** The display changed: four views for a mirror pyramid, or one as usual. */
  "carreau-display": { display: "" | "pyramid" };
}

export type CarreauEvent<Name extends keyof CarreauEvents> = CustomEvent<CarreauEvents[Name]>;
export type Emit = <Name extends keyof CarreauEvents>(name: Name, detail: CarreauEvents[Name]) => boolean;

declare global {
  interface HTMLElementEventMap extends CarreauEventMap {}
}
type CarreauEventMap = { [Name in keyof CarreauEvents]: CustomEvent<CarreauEvents[Name]> };
