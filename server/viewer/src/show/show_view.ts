// One picture of a show: light, a figure and the words. The screen has one of them, a mirror pyramid four.
import { h } from "../dom";
import { environmentMap } from "../models/environment_map";
import type { ModelViewer } from "../models/model_viewer";
import { drawLight } from "./show_lights";
import type { Figure, Light, ModelFigure, Said, Scene } from "./show_script";
import { Follower } from "./show_sync";

/** Most pixels of a side of the light, which is soft. */
const MOST_PX = 1280;
/** Share of a scene in which its lines appear one after the other. */
const READ_SHARE = 0.55;
const FIRST_LINE_S = 0.8;
/** Words are written so much smaller at most, and in such steps, until all of their lines have room. */
const [LEAST_SIZE, SIZE_STEP] = [0.5, 0.05];

export interface Shown {
  text: Said | undefined;
  lines: readonly string[];
  lang: string;
  translation: readonly Said[];
  credit: Said | undefined;
  figure: Figure | undefined;
  model: ModelFigure | undefined;
  /** What the model is: it is said where it is shown. */
  is: Said | undefined;
  seconds: number;
}

/** Return what a scene shows in a language. */
export function shownIn(scene: Scene, lang: string, seconds: number): Shown {
  return {
    text: scene.text[lang], lines: scene.lines, lang: scene.lang, translation: scene.translation[lang] ?? [], credit: scene.credit[lang],
    figure: scene.figure, model: scene.model, is: scene.model?.is[lang], seconds,
  };
}

export class View {
  readonly element: HTMLElement;
  readonly #canvas = h("canvas");
  readonly #context: CanvasRenderingContext2D | null;
  readonly #words = h("div", { class: "words" });
  readonly #figure = h("div", { class: "figure" });
  readonly #stand = h("div", { class: "model", hidden: true });
  readonly #caption = h("p", { class: "cue" });
  readonly #resized: ResizeObserver;
  readonly #quarter: number;
  /** What is shown: it goes on when only the language of the words changes. */
  #shownFigure: Figure | undefined;
  #film: HTMLVideoElement | undefined;
  #follower: Follower | undefined;
  /** Stays from scene to scene: one that is made anew each time would fill the memory of the graphics card. */
  #model: ModelViewer | undefined;

  /** quarter : side of a model that is seen, from 0 to 3; onFit : draws the light again, which a canvas of another size has lost */
  constructor(quarter: number, onFit: () => void) {
    this.#quarter = quarter;
    this.element = h("div", { class: "view" }, this.#canvas, this.#figure, this.#stand, this.#words, this.#caption);
    this.#context = this.#canvas.getContext("2d", { alpha: false });
    this.#resized = new ResizeObserver(() => (this.#fit(), this.#fitWords(), onFit()));
    this.#resized.observe(this.element);
  }

  get canvas(): HTMLCanvasElement {
    return this.#canvas;
  }

  draw(light: Light, seconds: number, brightness: number, lift: number): void {
    if (this.#context) drawLight(this.#context, light, seconds, brightness, lift);
  }

  /** Draw the light of another view. */
  copy(from: View): void {
    const { width, height } = this.#canvas;
    this.#context?.drawImage(from.canvas, 0, 0, width, height);
  }

  /** Show words that invite, or those of a scene. */
  show(shown: Shown, isStill: boolean, isInvitation = false): void {
    const { text, lines, translation, credit, is, seconds } = shown;
    if (shown.figure !== this.#shownFigure) this.#setFigure(shown.figure);
    this.caption({ text: "", lang: "" });
    this.#words.className = `words${isInvitation ? " invites" : ""}${isStill ? " still" : ""}${shown.figure || shown.model ? " beside" : ""}`;
    const step = Math.min(2.6, (seconds * READ_SHARE) / Math.max(1, lines.length));
    const said = (name: string, each: Said, at: number) => timed(h("p", { class: name, lang: each.lang }, each.text), at);
    const after = FIRST_LINE_S + step * lines.length;
    this.#words.replaceChildren(
      ...(text ? [said(lines.length ? "ours" : "ours alone", text, 0.3)] : []),
      ...(lines.length ? [h("p", { class: lines.some((line) => line.length > 44) ? "lines long" : "lines", lang: shown.lang },
        ...lines.map((line, number) => timed(h("span", {}, line), FIRST_LINE_S + step * number)))] : []),
      ...(translation.length ? [h("p", { class: "translated" },
        ...translation.map((each, number) => timed(h("span", { lang: each.lang }, each.text), FIRST_LINE_S + 0.9 + step * number)))] : []),
      ...[credit, is].flatMap((each) => (each ? [said("credit", each, after)] : [])));
    this.#fitWords();
    this.#stand.hidden = !shown.model;
    if (shown.model) this.#setModel(shown.model);
  }

  /** Turn the model to an angle, in radians. */
  turn(angle: number): void {
    this.#model?.resetTurntableRotation?.(angle);
  }

  /** Show what is being said. */
  caption({ text, lang }: Said): void {
    this.#caption.lang = lang;
    this.#caption.textContent = text;
  }

  /** Where a film is, in seconds; undefined without one. */
  get seconds(): number | undefined {
    return this.#film?.currentTime;
  }

  /** Let a film be where the sound is, in seconds; now : in milliseconds */
  follow(seconds: number, now: number): void {
    this.#follower?.follow(seconds, now);
  }

  /** Run or hold a film. */
  play(isPlaying: boolean): void {
    if (isPlaying) void this.#film?.play().catch(() => undefined);
    else this.#film?.pause();
  }

  dispose(): void {
    this.#resized.disconnect();
    this.#setFigure(undefined);
    this.#model?.remove();
    this.element.remove();
  }

  /** Films are silent here: the show has their sound once. */
  #setFigure(figure: Figure | undefined): void {
    release(this.#film);
    this.#film = undefined;
    this.#follower = undefined;
    this.#shownFigure = figure;
    this.#figure.replaceChildren();
    if (!figure) return;
    if (figure.kind === "image") {
      this.#figure.replaceChildren(h("img", { src: figure.sources.at(-1)?.url ?? "", alt: "" }));
      return;
    }
    const film = h("video", { playsinline: true, preload: "auto" }, ...figure.sources.map((each) => h("source", { src: each.url, type: each.type })));
    film.muted = true;
    this.#film = film;
    this.#follower = new Follower(film);
    this.#figure.replaceChildren(film);
  }

  #setModel({ url }: ModelFigure): void {
    if (!this.#model) {
      this.#model = h("model-viewer" as "div", {
        "camera-orbit": `${this.#quarter * 90}deg 78deg auto`, "interaction-prompt": "none", "shadow-intensity": "0", "environment-image": environmentMap(), loading: "eager",
      }) as unknown as ModelViewer;
      this.#stand.append(this.#model);
    }
    if (this.#model.getAttribute("src") !== url) this.#model.setAttribute("src", url);
  }

  /** Write the words as large as their lines have room: of too many, the first or the last would be cut. */
  #fitWords(): void {
    const words = this.#words;
    const [first, last] = [words.firstElementChild, words.lastElementChild] as (HTMLElement | null)[];
    if (!first || !last) return;
    for (let size = 1; size >= LEAST_SIZE; size -= SIZE_STEP) {
      words.style.setProperty("--size", size.toFixed(2));
      const { paddingTop, paddingBottom } = getComputedStyle(words);
      const room = words.clientHeight - parseFloat(paddingTop) - parseFloat(paddingBottom);
      if (last.offsetTop + last.offsetHeight - first.offsetTop <= room + 1) return;
    }
  }

  #fit(): void {
    const { clientWidth, clientHeight } = this.element;
    const scale = Math.min(1, MOST_PX / Math.max(1, clientWidth, clientHeight));
    this.#canvas.width = Math.max(1, Math.round(clientWidth * scale));
    this.#canvas.height = Math.max(1, Math.round(clientHeight * scale));
  }
}

/** Have a medium give back its file and decoder. */
export function release(medium: HTMLMediaElement | undefined): void {
  if (!medium) return;
  medium.pause();
  medium.replaceChildren();
  medium.removeAttribute("src");
  medium.load();
}

function timed<Kind extends HTMLElement>(element: Kind, seconds: number): Kind {
  element.style.setProperty("--at", `${seconds.toFixed(2)}s`);
  return element;
}
