// The viewer as one module: it defines <carreau-viewer>.
import { CarreauViewer } from "./element";

if (!customElements.get("carreau-viewer")) customElements.define("carreau-viewer", CarreauViewer);

export { CarreauViewer };
export type { CarreauEvents } from "./events";
