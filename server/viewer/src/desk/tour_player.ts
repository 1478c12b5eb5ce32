// Play a tour as visitors will see it: camera, text, sound and captions, one step after the other.
import { h } from "../dom";
import type { CameraView } from "../models/camera";
import { watchCaptions } from "../tools/media";

export interface PlayedStep {
  view: CameraView | undefined;
  text: string;
  seconds: number;
  sound: string;
  captions: string;
}

export class TourPlayer {
  readonly caption = h("p", { class: "caption", lang: "fr", hidden: true });
  #stopped: AbortController | undefined;

  get isPlaying(): boolean {
    return !!this.#stopped;
  }

  /** Play steps; resolves at the end, or when they are stopped. */
  async play(steps: readonly PlayedStep[], show: (step: PlayedStep, at: number) => void): Promise<void> {
    this.stop();
    const stopped = new AbortController();
    this.#stopped = stopped;
    for (const [at, step] of steps.entries()) {
      if (stopped.signal.aborted) return;
      show(step, at);
      this.#say(step.text);
      await Promise.all([elapsed(step.seconds, stopped.signal), step.sound ? this.#heard(step, stopped.signal) : undefined]);
    }
    if (this.#stopped === stopped) this.stop();
  }

  stop(): void {
    this.#stopped?.abort();
    this.#stopped = undefined;
    this.#say("");
  }

  #say(text: string): void {
    this.caption.textContent = text;
    this.caption.hidden = !text;
  }

  /** Play a sound to its end; one that cannot be played is over at once. */
  #heard({ sound, captions }: PlayedStep, signal: AbortSignal): Promise<void> {
    const audio = h("audio", { src: sound, preload: "auto" });
    if (captions) {
      audio.append(h("track", { kind: "captions", src: captions, srclang: "fr", default: true }));
      watchCaptions(audio, ({ text }) => signal.aborted || this.#say(text));
    }
    return new Promise((resolve) => {
      for (const name of ["ended", "error", "pause"]) audio.addEventListener(name, () => resolve());
      signal.addEventListener("abort", () => audio.pause());
      audio.play().catch(() => resolve());
    });
  }
}

function elapsed(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()));
  });
}
