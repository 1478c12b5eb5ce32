// Carry progress to another phone: shown there as a QR code and a link, merged here after the visitor has agreed.
import { h } from "../dom";
import type { PlaceWords } from "../map/place_words";
import { qrCode } from "../tools/qr";
import type { TrailProgress } from "./trail_progress";
import { decodeProgress, encodeProgress } from "./transfer_code";

const FRAGMENT = /^#progress=(.*)$/;

export interface TransferHost {
  readonly slug: string;
  /** Path of the page of the trail, which a frame is not. */
  readonly page: string;
  readonly words: PlaceWords;
  readonly progress: TrailProgress;
  announce(text: string): void;
  /** Progress has changed. */
  onMerged(): void;
}

/** Show the code whenever the panel is opened. */
export function setUpTransfer(panel: HTMLDetailsElement, host: TransferHost): void {
  const box = panel.querySelector<HTMLElement>("[data-code]")!;
  panel.addEventListener("toggle", () => {
    if (!panel.open) return box.replaceChildren();
    const code = encodeProgress(host.slug, host.progress.outline, host.progress.record);
    const address = new URL(`${host.page}#progress=${code}`, location.href).href;
    box.replaceChildren(qrCode(address, host.words.t("qr")), h("p", {}, h("a", { href: address }, address)));
  });
}

/** Ask whether to take over what the address brings; return whether it brings anything. */
export function receiveProgress(box: HTMLElement, host: TransferHost): boolean {
  const code = FRAGMENT.exec(location.hash)?.[1];
  if (code === undefined) return false;
  history.replaceState(null, "", location.pathname + location.search);
  const { words, progress } = host;
  const incoming = decodeProgress(host.slug, progress.outline, code);
  if (!incoming) {
    host.announce(words.t("damaged"));
    return true;
  }
  const chapter = progress.outline.findIndex(({ id }) => id === incoming.at) + 1;
  const text = h("p", { tabindex: "-1" }, words.t("incoming", { read: incoming.read.size, all: progress.outline.length, number: chapter || 1 }));
  const close = (): void => {
    box.hidden = true;
    box.replaceChildren();
  };
  const take = h("button", { type: "button", class: "lamp" }, words.t("take"));
  const refuse = h("button", { type: "button" }, words.t("refuse"));
  take.addEventListener("click", () => {
    progress.merge(incoming);
    close();
    host.announce(words.t("taken"));
    host.onMerged();
  });
  refuse.addEventListener("click", () => {
    close();
    host.announce(words.t("not_taken"));
  });
  box.replaceChildren(text, h("p", { class: "buttons" }, take, refuse));
  box.hidden = false;
  text.focus();
  return true;
}
