// The sounds of chapters: captions, the place where one stopped, and what the lock screen shows (Media Session).
//
// Browsers let a sound start only by a tap; nothing plays by itself.
import { captionLine } from "../tools/media";
import type { Chapter } from "./chapters";
import type { TrailProgress } from "./trail_progress";

/** How often the place in a sound is stored while it plays. */
const STORE_S = 5;
/** So near to its end a sound begins anew. */
const END_S = 2;
const SEEK_S = 10;

export interface SoundHost {
  readonly trailName: string;
  readonly progress: TrailProgress;
  /** A sound has come to its end. */
  onHeard(chapter: Chapter): void;
  /** Open the next (1) or the previous (-1) chapter from the lock screen. */
  step(chapter: Chapter, by: 1 | -1): Chapter | undefined;
}

export class Sounds {
  readonly #host: SoundHost;
  readonly #audios = new Map<Chapter, HTMLAudioElement>();
  #playing: Chapter | undefined;

  constructor(chapters: readonly Chapter[], host: SoundHost) {
    this.#host = host;
    for (const chapter of chapters) {
      const id = chapter.article.querySelector<HTMLElement>("[data-sound]")?.dataset["sound"];
      const audio = id && chapter.article.querySelector<HTMLAudioElement>(`[id="${CSS.escape(id)}"] audio`);
      if (audio) this.#setUp(chapter, audio);
    }
    // A phone may end a hidden page without asking.
    addEventListener("pagehide", () => this.#store());
    document.addEventListener("visibilitychange", () => this.#store());
  }

  get isPlaying(): boolean {
    return !!this.#playing && !this.#audios.get(this.#playing)?.paused;
  }

  pause(): void {
    if (this.#playing) this.#audios.get(this.#playing)?.pause();
  }

  #setUp(chapter: Chapter, audio: HTMLAudioElement): void {
    this.#audios.set(chapter, audio);
    if (audio.textTracks.length) audio.after(captionLine(audio, "trail-cues"));
    audio.addEventListener("loadedmetadata", () => this.#resume(chapter, audio));
    audio.addEventListener("play", () => this.#onPlay(chapter, audio));
    audio.addEventListener("pause", () => this.#store());
    audio.addEventListener("timeupdate", () => {
      const stored = this.#host.progress.record.sounds.get(chapter.id) ?? 0;
      if (!audio.paused && Math.abs(audio.currentTime - stored) >= STORE_S) this.#store();
      this.#showPosition(audio);
    });
    audio.addEventListener("ended", () => {
      this.#host.progress.change(({ sounds }) => sounds.delete(chapter.id));
      this.#host.onHeard(chapter);
    });
  }

  /** Go on where the visitor stopped. */
  #resume(chapter: Chapter, audio: HTMLAudioElement): void {
    const seconds = this.#host.progress.record.sounds.get(chapter.id) ?? 0;
    if (seconds && seconds < audio.duration - END_S) audio.currentTime = seconds;
  }

  #onPlay(chapter: Chapter, audio: HTMLAudioElement): void {
    for (const other of this.#audios.values()) if (other !== audio) other.pause();
    this.#playing = chapter;
    if ("mediaSession" in navigator) this.#tellSystem(chapter, audio);
  }

  #store(): void {
    const audio = this.#playing && this.#audios.get(this.#playing);
    if (!this.#playing || !audio || audio.ended || !audio.currentTime) return;
    const { id } = this.#playing;
    this.#host.progress.change(({ sounds }) => sounds.set(id, Math.round(audio.currentTime * 10) / 10));
  }

  #tellSystem(chapter: Chapter, audio: HTMLAudioElement): void {
    const { mediaSession } = navigator;
    const title = audio.getAttribute("aria-label") || chapter.title;
    mediaSession.metadata = new MediaMetadata({ title, artist: `${chapter.number}. ${chapter.title}`, album: this.#host.trailName });
    const step = (by: 1 | -1) => (): void => {
      const other = this.#host.step(chapter, by);
      const next = other && this.#audios.get(other);
      audio.pause();
      if (next) void next.play();
    };
    const seek = (by: number) => (): void => void (audio.currentTime = Math.max(0, audio.currentTime + by));
    const actions: [MediaSessionAction, MediaSessionActionHandler][] = [
      ["play", () => void audio.play()], ["pause", () => audio.pause()], ["nexttrack", step(1)], ["previoustrack", step(-1)],
      ["seekbackward", seek(-SEEK_S)], ["seekforward", seek(SEEK_S)],
      ["seekto", ({ seekTime }) => void (audio.currentTime = seekTime ?? audio.currentTime)],
    ];
    for (const [name, handler] of actions) {
      try {
        mediaSession.setActionHandler(name, handler);
      } catch {
        // An action that this browser does not know.
      }
    }
  }

  #showPosition(audio: HTMLAudioElement): void {
    if (!("mediaSession" in navigator) || !Number.isFinite(audio.duration)) return;
    navigator.mediaSession.setPositionState?.({ duration: audio.duration, position: Math.min(audio.currentTime, audio.duration) });
  }
}
