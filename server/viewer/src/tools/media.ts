// Images and sounds of annotations and tour steps.
import { h } from "../dom";
import type { Medium } from "../schema";
import { plainText } from "../words";
import { absoluteUrl, type PanelHost } from "./panel_host";

/** Width of an image in a panel. */
const PICTURE_PX = 640;

/** Return a medium with its credit and, for a sound, its captions and transcript. */
export function mediumFigure(host: PanelHost, medium: Medium): HTMLElement {
  const element = h("figure", { part: "medium", class: "medium" });
  if (medium.kind === "image") element.append(pictureElement(host, medium));
  else if (medium.kind === "sound") element.append(...audioWithCaptions(host, medium));
  else element.append(...linkElement(host, medium));
  const title = medium.title ? [host.words.text(medium.title), " – "] : [];
  element.append(h("figcaption", {}, ...title, [medium.credit, medium.licence].filter(Boolean).join(", ")));
  if (medium.transcript) {
    const isOpen = !!fullTranscript(medium, host.words.lang);
    element.append(h("details", { open: isOpen }, h("summary", {}, host.words.t("transcript")), ...host.words.paragraphs(medium.transcript)));
  }
  return element;
}

function audioWithCaptions(host: PanelHost, medium: Medium): Node[] {
  const sound = audioElement(host, medium, true);
  const captions = captionsOf(medium);
  if (!captions) return [sound];
  const { words } = host;
  const isTranslated = captions.lang && captions.lang !== words.lang;
  const note = isTranslated ? [h("p", { class: "of" }, words.t("captions_in", { language: words.language(captions.lang) }))] : [];
  return [sound, captionLine(sound), ...note];
}

/** Return the captions for readers of the document; one in a pack of an earlier edition names only those of curators. */
export function captionsOf(medium: Medium): { url: string; lang: string } | undefined {
  const { tracks = [], captions, captions_lang: lang } = medium;
  return tracks[0] ?? (captions && { url: captions.url, lang });
}

/** Return an audio element, with its captions as a hidden track. */
export function audioElement(host: PanelHost, medium: Medium, hasControls: boolean): HTMLAudioElement {
  const label = medium.title ? plainText(medium.title.text) : host.words.t("sound");
  const element = h("audio", { controls: hasControls, preload: "none", crossorigin: "anonymous", "aria-label": label });
  for (const form of medium.variants) element.append(h("source", { src: absoluteUrl(host, form.url), type: form.media_type }));
  const captions = captionsOf(medium);
  if (captions) {
    const srclang = captions.lang || host.words.lang;
    element.append(h("track", { kind: "captions", src: absoluteUrl(host, captions.url), srclang, default: true }));
  }
  return element;
}

function pictureElement(host: PanelHost, medium: Medium): HTMLElement {
  const element = h("picture", {});
  const types = [...new Set(medium.variants.map((form) => form.media_type))];
  for (const type of types) {
    const forms = medium.variants.filter((form) => form.media_type === type && form.width);
    const set = forms.map((form) => `${absoluteUrl(host, form.url)} ${form.width}w`).join(", ");
    element.append(h("source", { type, srcset: set, sizes: `min(100vw, ${PICTURE_PX}px)` }));
  }
  const last = medium.variants.filter((form) => (form.width ?? 0) <= PICTURE_PX).at(-1) ?? medium.variants.at(-1);
  const alt = medium.alt ? plainText(medium.alt.text) : "";
  const size = last?.width && last.height ? { width: last.width, height: last.height } : {};
  element.append(h("img", { src: last ? absoluteUrl(host, last.url) : "", alt, loading: "lazy", ...size }));
  return element;
}

function linkElement(host: PanelHost, medium: Medium): Node[] {
  const form = medium.variants[0];
  const label = medium.title ? plainText(medium.title.text) : medium.id;
  return form ? [h("a", { href: absoluteUrl(host, form.url), target: "_blank", rel: "noopener" }, label)] : [];
}

// Captions during playback, or the full transcript if only that is in the visitor's language.

/** A text with its language. */
export interface CaptionText {
  text: string;
  lang: string;
}

/** Return the transcript to show during a sound; undefined if its captions are better. */
export function fullTranscript(medium: Medium, lang: string): CaptionText | undefined {
  const { transcript } = medium;
  const captions = captionsOf(medium);
  if (!transcript || (captions && (captions.lang === lang || transcript.lang !== lang))) return undefined;
  return { text: plainText(transcript.text), lang: transcript.lang };
}

/** Report the captions of a sound, the first ones; browsers do not render those of an audio element. */
export function watchCaptions(sound: HTMLMediaElement, onCaption: (caption: CaptionText) => void): void {
  const track = sound.textTracks[0];
  if (!track) return;
  track.mode = "hidden";
  track.addEventListener("cuechange", () => {
    const cue = track.activeCues?.[0] as VTTCue | undefined;
    if (cue) onCaption({ text: plainText(cue.text.replace(/<[^>]*>/g, "")), lang: track.language });
  });
}

/** Return a line that shows the captions of a sound, of class `name`. */
export function captionLine(sound: HTMLMediaElement, name = "cues"): HTMLElement {
  const line = h("p", { class: name, hidden: true });
  watchCaptions(sound, ({ text, lang }) => {
    line.hidden = !text;
    line.lang = lang;
    line.textContent = text;
  });
  return line;
}
