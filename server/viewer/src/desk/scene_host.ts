// Interface between the parts of the editor and the page they belong to.
import type { SceneStage } from "./scene_stage";
import type { SceneState } from "./scene_state";

/** What a click points at: level ground, or the ends of a real length. */
export type NotesKey = "ground" | "height";

export interface BuiltState {
  readonly id: string;
  readonly title: string;
  /** Address of its model, empty where none is built. */
  readonly model: string;
  /** What may be noted of its scan or authored model; nothing where that is not in the folder of the place. */
  readonly notes: readonly NotesKey[];
}

export interface Sound {
  readonly id: string;
  readonly title: string;
  readonly url: string;
  readonly captions: string;
}

/** What the page tells of the place, beside its fields. */
export interface ScenePlace {
  readonly states: readonly BuiltState[];
  readonly sounds: readonly Sound[];
  /** Files of captions in the folder of the place. */
  captions: readonly string[];
  /** Longitude and latitude of the place, in degrees, if they are known. */
  readonly position?: readonly [number, number];
  /** Words for the levels of evidence, by code. */
  readonly evidence: Readonly<Record<string, string>>;
  /** Labels of the texts of an annotation, by key. */
  readonly texts: Readonly<Record<string, string>>;
}

export interface SceneHost {
  readonly place: ScenePlace;
  readonly stage: SceneStage;
  readonly state: SceneState;
  /** Id of the state whose model is shown. */
  readonly shown: string;
  /** What a click on the model does; empty for nothing. */
  readonly mode: string;
  setMode(mode: string): void;
  /** Return a text of the page, with its {placeholders} filled in. */
  t(name: string, values?: Readonly<Record<string, string>>): string;
  /** Make an edit, which undo takes back; a quiet one leaves the fields alone, as the visitor is in one of them. */
  edit(next: SceneState, said?: string, isQuiet?: boolean): void;
  /** Say what happened, which is read aloud. */
  say(text: string): void;
  /** Draw the parts of the editor anew. */
  draw(): void;
}

/** A part of the editor: a section of the page, which is drawn from the state. */
export interface ScenePanel {
  readonly element: HTMLElement;
  draw(): void;
}
