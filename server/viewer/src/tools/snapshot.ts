// A snapshot of the view as a JPEG, with what it shows and whom it belongs to written under it.
import { h } from "../dom";
import type { ModelViewer } from "../models/model_viewer";
import { redraw } from "../models/model_viewer_internals";
import type { State } from "../schema";
import { plainText } from "../words";
import { pageUrl } from "./ar";
import { hypotheticalParts } from "./hypothetical";
import type { PanelHost } from "./panel_host";

/** Longest edge of the view in a picture, in pixels: sharp on any screen and on a printed page, and below 1 MB. */
const MOST_PX = 2048;
const QUALITY = 0.9;
const TYPE = "image/jpeg";
/** Width of the picture in letters of the caption, and the least height of a letter, in pixels. */
const [LETTERS, LEAST_LETTER] = [64, 14];
const LINE = 1.4;
const [PAPER, INK, GREY] = ["#ffffff", "#1f2225", "#4b4f54"];

/** Return the lines under a picture: what it is, how sure it is, whom it belongs to, and where it is from. */
export function captionLines(host: Pick<PanelHost, "site" | "words">, states: readonly State[], address: string): string[] {
  const { site, words } = host;
  const name = plainText(site.name.text);
  const titles = states.map((state) => plainText(state.title.text));
  const evidence = states.map((state) => {
    const count = hypotheticalParts(state).length;
    return [state.line, count ? words.t("guessed_parts", { count: String(count) }) : ""].filter(Boolean).join(" – ");
  });
  const rights = states.map((state) => [state.credit || state.author, state.licence].filter(Boolean).join(", "));
  return [`${name} – ${titles.join(" / ")}`, ...unique(evidence), ...unique(rights), address].filter(Boolean);
}

function unique(lines: readonly string[]): string[] {
  return [...new Set(lines)];
}

/** Return a line as several of at most a width. */
export function wrapLine(line: string, fits: (text: string) => boolean): string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(" ")) {
    const longer = current ? `${current} ${word}` : word;
    if (current && !fits(longer)) {
      lines.push(current);
      current = word;
    } else current = longer;
  }
  return current ? [...lines, current] : lines;
}

/** Return the picture of all models of a stage, as they lie over each other, with its caption. Throws if nothing can be drawn. */
export async function takePicture(host: PanelHost, states: readonly State[]): Promise<Blob> {
  const layer = host.stage.querySelector(".models") as HTMLElement;
  const box = layer.getBoundingClientRect();
  const scale = Math.min(devicePixelRatio, MOST_PX / Math.max(box.width, box.height));
  const [width, height] = [Math.round(box.width * scale), Math.round(box.height * scale)];
  const canvas = h("canvas", { width, height });
  const letter = Math.max(LEAST_LETTER, width / LETTERS);
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  const font = (isFirst: boolean) => `${isFirst ? "600 " : ""}${letter}px system-ui, sans-serif`;
  const lines = captionLines(host, states, pageUrl(host).replace(/#.*/, "")).flatMap((line, at) => {
    context.font = font(at === 0);
    return wrapLine(line, (text) => context.measureText(text).width <= width - 2 * letter).map((text) => ({ text, isFirst: at === 0 }));
  });
  // A new height clears the canvas.
  canvas.height = height + Math.round((lines.length * LINE + 1) * letter);
  context.fillStyle = PAPER;
  context.fillRect(0, 0, width, canvas.height);
  context.fillStyle = getComputedStyle(host.stage).backgroundColor;
  context.fillRect(0, 0, width, height);
  const viewers = [...layer.querySelectorAll<HTMLElement>("model-viewer")] as ModelViewer[];
  await drawSharply(viewers, async () => {
    for (const viewer of viewers) await drawModel(context, viewer, box, scale, height);
  });
  context.textBaseline = "top";
  lines.forEach(({ text, isFirst }, at) => {
    context.font = font(isFirst);
    context.fillStyle = isFirst ? INK : GREY;
    context.fillText(text, letter, height + letter * (0.6 + at * LINE));
  });
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), TYPE, QUALITY));
}

/** Draw with all pixels of the screen: on a slow machine the library draws fewer, until it is told not to. */
async function drawSharply(viewers: readonly ModelViewer[], draw: () => Promise<void>): Promise<void> {
  const library = viewers[0]?.constructor as { minimumRenderScale?: number } | undefined;
  const before = library?.minimumRenderScale;
  if (library) library.minimumRenderScale = 1;
  viewers.forEach(redraw);
  // The scale changes with one picture, and the next one is drawn with it.
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
  try {
    await draw();
  } finally {
    if (library && before !== undefined) library.minimumRenderScale = before;
  }
}

/** Draw one model where it is on the stage, cut and faded as a comparison shows it. */
async function drawModel(context: CanvasRenderingContext2D, viewer: ModelViewer, box: DOMRect, scale: number, height: number): Promise<void> {
  const image = await createImageBitmap(await viewer.toBlob({ mimeType: "image/png" }));
  const own = viewer.getBoundingClientRect();
  const [hiddenLeft, hiddenRight] = hiddenSides(viewer.style.clipPath);
  const [left, width] = [(own.left - box.left) * scale, own.width * scale];
  context.save();
  context.beginPath();
  context.rect(left + width * hiddenLeft, 0, width * (1 - hiddenLeft - hiddenRight), height);
  context.clip();
  context.globalAlpha = Number(getComputedStyle(viewer).opacity);
  context.drawImage(image, left, (own.top - box.top) * scale, width, own.height * scale);
  context.restore();
  image.close();
}

/** Return the shares of a model's width that a clip path hides on the left and on the right: "inset(0px 95% 0px 0px)". */
export function hiddenSides(clipPath: string): [left: number, right: number] {
  const [, right = "0", , left = "0"] = /^inset\((.*)\)$/.exec(clipPath)?.[1]?.split(" ") ?? [];
  return [parseFloat(left) / 100, parseFloat(right) / 100];
}

export class Snapshot {
  readonly #host: PanelHost;
  readonly #states: () => readonly State[];
  readonly #result = h("div", { class: "snapshot" });
  readonly panel: HTMLElement;
  #url = "";

  /** states : return what is seen, which a comparison decides */
  constructor(host: PanelHost, states: () => readonly State[]) {
    this.#host = host;
    this.#states = states;
    const again = h("button", { type: "button", "data-do": "take_picture", onclick: () => void this.take() }, host.words.t("take_picture"));
    this.panel = h("div", {}, this.#result, h("div", { class: "row" }, again));
  }

  /** Take a picture of the view as it is now, and offer it. */
  async take(): Promise<void> {
    const { words, site, announce } = this.#host;
    const states = this.#states();
    try {
      const blob = await takePicture(this.#host, states);
      this.clear();
      this.#url = URL.createObjectURL(blob);
      const name = [site.slug, ...states.map((state) => state.id)].join("-") + ".jpg";
      const actions: HTMLElement[] = [h("a", { class: "button", href: this.#url, download: name, "data-do": "save_picture" }, `${words.t("save_picture")} (${words.size(blob.size)})`)];
      const file = new File([blob], name, { type: TYPE });
      const content = { files: [file], title: document.title };
      if (navigator.canShare?.(content)) {
        const send = () => void navigator.share(content).catch(() => undefined);
        actions.push(h("button", { type: "button", "data-do": "send_picture", onclick: send }, words.t("send_picture")));
      }
      this.#result.replaceChildren(h("img", { src: this.#url, alt: words.t("picture_taken") }), h("div", { class: "row" }, ...actions));
      announce(words.t("picture_taken"), false);
    } catch {
      announce(words.t("no_picture"));
    }
  }

  /** Take a picture, and return the panel. */
  start(): HTMLElement {
    // Not before the model has made room for the panel: the picture is as wide as what is seen.
    requestAnimationFrame(() => this.panel.isConnected && void this.take());
    return this.panel;
  }

  /** Let the picture go. */
  clear(): void {
    URL.revokeObjectURL(this.#url);
    this.#url = "";
    this.#result.replaceChildren();
  }
}
