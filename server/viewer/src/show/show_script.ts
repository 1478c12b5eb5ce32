// The script of a show, as its page holds it: scenes with their words in every language.
import type { LibraryFiles } from "../models/model_viewer";

export interface Said {
  text: string;
  lang: string;
}

export interface Source {
  url: string;
  type: string;
}

export interface Captions {
  url: string;
  /** Of what they say, which may be another one than that of the words of the show. */
  lang: string;
}

export interface Sound {
  sources: Source[];
  seconds: number;
  /** By language of the words. */
  captions: Record<string, Captions>;
}

export interface Figure extends Sound {
  kind: "image" | "video";
  alt: Record<string, Said>;
}

/** A model that turns; `is` says in every language what it is, how sure it is and whose it is. */
export interface ModelFigure {
  url: string;
  is: Record<string, Said>;
}

export type Light = "dark" | "lamp" | "dust" | "headframe" | "day";

export interface Scene {
  id: string;
  seconds: number;
  light: Light;
  lines: string[];
  lang: string;
  text: Record<string, Said>;
  translation: Record<string, Said[]>;
  credit: Record<string, Said>;
  voice?: Sound;
  figure?: Figure;
  model?: ModelFigure;
}

export interface Quiet {
  begins: number;
  ends: number;
  volume: number;
}

export interface Script {
  name: Record<string, Said>;
  start: ("touch" | "key" | "presence")[];
  presence_key: string;
  volume: number;
  quiet: Quiet[];
  attract: { text: Record<string, Said>; light: Light };
  scenes: Scene[];
  /** Codes with the names of the languages in themselves. */
  languages: [string, string][];
  words: Record<string, Record<string, string>>;
  /** Where what draws models is, if a scene has one. */
  library?: LibraryFiles;
  /** What a copy for a kiosk without a network needs besides the page. */
  files: string[];
}

/** Silence after a voice or a film, in seconds. */
const REST_S = 1;

/** Return how long a scene lasts: as long as it is written, or as its voice or film. */
export function secondsOf(scene: Scene): number {
  const heard = [scene.voice?.seconds, scene.figure?.seconds].filter((each): each is number => !!each);
  return Math.max(scene.seconds, ...heard.map((each) => each + REST_S));
}

/** Return the volume at an hour from 0 to 24; of quiet hours that overlap the lowest counts. */
export function volumeAt(script: Pick<Script, "volume" | "quiet">, hour: number): number {
  const quiet = script.quiet.filter(({ begins, ends }) => (begins < ends ? hour >= begins && hour < ends : hour >= begins || hour < ends));
  return Math.min(1, script.volume, ...quiet.map((each) => each.volume));
}
