// A chime on arrival, for whoever has switched it on: two tones of a bell, made here, so that no file is loaded.
import { deleteStored, localStore, readStored, writeStored } from "../local_store";

const KEY = "carreau-chime";
/** A fifth: E and B, in hertz. */
const TONES = [659.25, 987.77] as const;
const APART_S = 0.22;
const LASTS_S = 1.4;
const VOLUME = 0.25;

export class Chime {
  readonly #box: HTMLInputElement;
  #context: AudioContext | undefined;

  /** box : the checkbox that switches it on, in its label; the choice is stored on this device */
  constructor(box: HTMLInputElement) {
    this.#box = box;
    box.closest("label")!.hidden = !("AudioContext" in window);
    box.checked = readStored(localStore(), KEY) === true;
    box.addEventListener("change", () => this.#onChange());
  }

  /** Let sound play later on; browsers allow it only while somebody presses something. */
  unlock(): void {
    if (!this.#box.checked) return;
    this.#context ??= new AudioContext();
    void this.#context.resume();
  }

  ring(): void {
    const context = this.#context;
    if (!this.#box.checked || !context) return;
    // A locked screen or a call has paused it.
    void context.resume().then(() => TONES.forEach((tone, at) => strike(context, tone, context.currentTime + at * APART_S)));
  }

  #onChange(): void {
    if (this.#box.checked) {
      writeStored(localStore(), KEY, true);
      this.unlock();
      this.ring();
    } else {
      deleteStored(localStore(), KEY);
      void this.#context?.close();
      this.#context = undefined;
    }
  }
}

/** Strike a bell: its tone begins at once and fades. */
function strike(context: AudioContext, hertz: number, start: number): void {
  const tone = new OscillatorNode(context, { frequency: hertz });
  const volume = new GainNode(context, { gain: 0 });
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(VOLUME, start + 0.01);
  volume.gain.exponentialRampToValueAtTime(0.001, start + LASTS_S);
  tone.connect(volume).connect(context.destination);
  tone.start(start);
  tone.stop(start + LASTS_S);
}
