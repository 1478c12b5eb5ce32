// The voice of a scene, or the sound of its film: one element, whatever the number of pictures.
import { h } from "../dom";
import type { Sound } from "./show_script";
import { release } from "./show_view";

export class Voice {
  readonly #onCue: (text: string) => void;
  #element: HTMLMediaElement | undefined;

  /** onCue : shows what is being said; empty when nothing is */
  constructor(onCue: (text: string) => void) {
    this.#onCue = onCue;
  }

  /** Play a sound from its beginning, in place of the one before; without one there is silence. */
  play(sound: Sound | undefined, volume: number): void {
    this.stop();
    if (!sound) return;
    const audio = h("audio", { preload: "auto" }, ...sound.sources.map((each) => h("source", { src: each.url, type: each.type })));
    if (sound.captions) {
      const track = h("track", { kind: "captions", src: sound.captions, srclang: sound.captions_lang });
      audio.append(track);
      track.track.mode = "hidden";
      track.track.oncuechange = () => this.#onCue([...(track.track.activeCues ?? [])].map((cue) => (cue as VTTCue).text).join("\n"));
    }
    audio.volume = volume;
    this.#element = audio;
    this.resume();
  }

  /** A browser that forbids sound before a touch plays the show in silence. */
  resume(): void {
    void this.#element?.play().catch(() => undefined);
  }

  pause(): void {
    this.#element?.pause();
  }

  stop(): void {
    release(this.#element);
    this.#element = undefined;
  }
}
