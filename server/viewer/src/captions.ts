// What is heard, to read: captions as they come, or the whole text where it is in the visitor's language and they are not.
import { h } from "./dom";
import type { Medium } from "./schema";
import { plain } from "./words";

/** Words and the language that they are in. */
export interface Heard {
  text: string;
  lang: string;
}

/** Return the text to show all through a sound, undefined where its captions say it better. */
export function wholeText(medium: Medium, lang: string): Heard | undefined {
  const { transcript, captions, captions_lang } = medium;
  if (!transcript || (captions && (captions_lang === lang || transcript.lang !== lang))) return undefined;
  return { text: plain(transcript.text), lang: transcript.lang };
}

/** Tell each caption of a sound as it comes; an element of a page shows none of them by itself. */
export function followCaptions(sound: HTMLMediaElement, told: (heard: Heard) => void): void {
  const track = sound.textTracks[0];
  if (!track) return;
  track.mode = "hidden";
  track.addEventListener("cuechange", () => {
    const cue = track.activeCues?.[0] as VTTCue | undefined;
    if (cue) told({ text: plain(cue.text.replace(/<[^>]*>/g, "")), lang: track.language });
  });
}

/** Return a line under a sound that shows what is heard. */
export function captionLine(sound: HTMLMediaElement): HTMLElement {
  const line = h("p", { class: "cues", hidden: true });
  followCaptions(sound, ({ text, lang }) => {
    line.hidden = !text;
    line.lang = lang;
    line.textContent = text;
  });
  return line;
}
