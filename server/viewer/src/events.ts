// What the element tells the page; every event bubbles and crosses shadow roots.
import type { LevelName } from "./models/levels";

export interface CarreauEvents {
  /** A level of the model is shown. */
  "carreau-load": { state: string; level: LevelName; bytes: number };
  /** So many bytes of a level have come. */
  "carreau-progress": { state: string; level: LevelName; done: number; whole: number };
  /** Nothing can be shown, or a level did not come. */
  "carreau-error": { reason: "webgl" | "network" | "data" };
  /** An annotation was chosen; empty when it was left. */
  "carreau-annotation": { annotation: string };
  /** A tour came to a step, counted from 1; 0 at its end. */
  "carreau-step": { tour: string; step: number };
  /** Two states are laid on each other, or no longer; share of the second one, from 0 to 1. */
  "carreau-compare": { mode: "off" | "slider" | "fade" | "side"; other: string; share: number };
  /** A distance was measured, in metres. */
  "carreau-measure": { metres: number };
  /** The visitor asked for augmented reality. */
  "carreau-ar": { way: "webxr" | "scene-viewer" | "quick-look" | "page" };
  /** It is shown in another way: four views for a pyramid of mirrors, or one as usual. */
  "carreau-display": { display: "" | "pyramid" };
}

export type CarreauEvent<Name extends keyof CarreauEvents> = CustomEvent<CarreauEvents[Name]>;
export type Emit = <Name extends keyof CarreauEvents>(name: Name, detail: CarreauEvents[Name]) => void;

declare global {
  interface HTMLElementEventMap extends CarreauEventMap {}
}
type CarreauEventMap = { [Name in keyof CarreauEvents]: CustomEvent<CarreauEvents[Name]> };
