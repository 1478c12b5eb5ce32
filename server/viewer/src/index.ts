// The viewer as one module: it defines <carreau-viewer>.
import { CarreauViewer } from "./element";
import { keepViewInOtherLanguages } from "./language_links";
import { listenForActions } from "./page_actions";

if (!customElements.get("carreau-viewer")) {
  customElements.define("carreau-viewer", CarreauViewer);
  listenForActions();
  keepViewInOtherLanguages();
}

export { CarreauViewer };
export type { CarreauEvents } from "./events";
