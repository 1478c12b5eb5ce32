// Pictures and sounds that belong to an annotation or a step.
import { h } from "../dom";
import type { Medium } from "../schema";
import { plain } from "../words";
import { absolute, type Host } from "./panel_host";

/** Wide enough for a panel. */
const PICTURE_PX = 640;

/** Return a medium with its credit and, for a sound, its captions and transcript. */
export function mediumOf(host: Host, medium: Medium): HTMLElement {
  const made = h("figure", { part: "medium", class: "medium" });
  if (medium.kind === "image") made.append(pictureOf(host, medium));
  else if (medium.kind === "sound") made.append(...heardOf(host, medium));
  else made.append(...linkTo(host, medium));
  const title = medium.title ? [host.words.text(medium.title), " – "] : [];
  made.append(h("figcaption", {}, ...title, [medium.credit, medium.licence].filter(Boolean).join(", ")));
  if (medium.transcript) {
    const isNeeded = !!wholeText(medium, host.words.lang);
    made.append(h("details", { open: isNeeded }, h("summary", {}, host.words.say("transcript")), ...host.words.paragraphs(medium.transcript)));
  }
  return made;
}

function heardOf(host: Host, medium: Medium): Node[] {
  const sound = soundOf(host, medium, true);
  if (!medium.captions) return [sound];
  const { words } = host;
  const of = medium.captions_lang && medium.captions_lang !== words.lang;
  const said = of ? [h("p", { class: "of" }, words.say("captions_in", { language: words.language(medium.captions_lang) }))] : [];
  return [sound, captionLine(sound), ...said];
}

/** Return the sound with its captions as a hidden track. */
export function soundOf(host: Host, medium: Medium, hasControls: boolean): HTMLAudioElement {
  const label = medium.title ? plain(medium.title.text) : host.words.say("sound");
  const made = h("audio", { controls: hasControls, preload: "none", crossorigin: "anonymous", "aria-label": label });
  for (const form of medium.variants) made.append(h("source", { src: absolute(host, form.url), type: form.media_type }));
  if (medium.captions) {
    const lang = medium.captions_lang || host.words.lang;
    made.append(h("track", { kind: "captions", src: absolute(host, medium.captions.url), srclang: lang, default: true }));
  }
  return made;
}

function pictureOf(host: Host, medium: Medium): HTMLElement {
  const made = h("picture", {});
  const types = [...new Set(medium.variants.map((form) => form.media_type))];
  for (const type of types) {
    const forms = medium.variants.filter((form) => form.media_type === type && form.width);
    const set = forms.map((form) => `${absolute(host, form.url)} ${form.width}w`).join(", ");
    made.append(h("source", { type, srcset: set, sizes: `min(100vw, ${PICTURE_PX}px)` }));
  }
  const last = medium.variants.filter((form) => (form.width ?? 0) <= PICTURE_PX).at(-1) ?? medium.variants.at(-1);
  const alt = medium.alt ? plain(medium.alt.text) : "";
  const size = last?.width && last.height ? { width: last.width, height: last.height } : {};
  made.append(h("img", { src: last ? absolute(host, last.url) : "", alt, loading: "lazy", ...size }));
  return made;
}

function linkTo(host: Host, medium: Medium): Node[] {
  const form = medium.variants[0];
  const label = medium.title ? plain(medium.title.text) : medium.id;
  return form ? [h("a", { href: absolute(host, form.url), target: "_blank", rel: "noopener" }, label)] : [];
}

// What is heard, to read: captions as they come, or the whole text where it is in the visitor's language and they are not.

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
