// The voice of a scene, or the sound of its film: one element, whatever the number of pictures.
import { h } from "../dom";
import type { Said, Sound } from "./show_script";
import { release } from "./show_view";

export class Voice {
  readonly #onCue: (said: Said) => void;
  #sound: Sound | undefined;
  #element: HTMLMediaElement | undefined;
  /** By address: several languages may have the same. */
  #tracks = new Map<string, TextTrack>();

  /** onCue : shows what is being said; empty when nothing is */
  constructor(onCue: (said: Said) => void) {
    this.#onCue = onCue;
  }

  /** Where it is, in seconds; undefined while nothing is heard, such as before it is loaded or after its end. */
  get seconds(): number | undefined {
    const audio = this.#element;
    const isHeard = audio && !audio.paused && !audio.ended && audio.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA;
    return isHeard ? audio.currentTime : undefined;
  }

  /** Play a sound from its beginning, in place of the one before, with captions in a language; without one there is silence. */
  play(sound: Sound | undefined, volume: number, lang: string): void {
    this.stop();
    if (!sound) return;
    const audio = h("audio", { preload: "auto" }, ...sound.sources.map((each) => h("source", { src: each.url, type: each.type })));
    for (const captions of Object.values(sound.captions)) {
      if (this.#tracks.has(captions.url)) continue;
      const element = h("track", { kind: "captions", src: captions.url, srclang: captions.lang });
      audio.append(element);
      element.track.oncuechange = () => this.#tell(element.track);
      this.#tracks.set(captions.url, element.track);
    }
    audio.volume = volume;
    this.#sound = sound;
    this.#element = audio;
    this.choose(lang);
    this.resume();
  }

  /** Show captions in another language, or in the one that there is in its place. */
  choose(lang: string): void {
    const wanted = this.#sound?.captions[lang]?.url;
    for (const [url, track] of this.#tracks) track.mode = url === wanted ? "hidden" : "disabled";
    const track = wanted && this.#tracks.get(wanted);
    if (track) this.#tell(track);
  }

  /** A browser that forbids sound before a touch plays the show in silence. */
  resume(): void {
    void this.#element?.play().catch(() => undefined);
  }

  pause(): void {
    this.#element?.pause();
  }

  stop(): void {
    // What a released track has to say would take away the words of the next one.
    for (const track of this.#tracks.values()) track.oncuechange = null;
    release(this.#element);
    this.#sound = undefined;
    this.#element = undefined;
    this.#tracks = new Map();
  }

  #tell(track: TextTrack): void {
    if (track.mode === "disabled") return;
    const cues = [...(track.activeCues ?? [])].map((cue) => (cue as VTTCue).text.replace(/<[^>]*>/g, ""));
    this.#onCue({ text: cues.join("\n"), lang: track.language });
  }
}
