// The viewer as one module: loading it makes <carreau-viewer> work.
import { CarreauViewer } from "./element";

if (!customElements.get("carreau-viewer")) customElements.define("carreau-viewer", CarreauViewer);

export { CarreauViewer };
export type { CarreauEvents } from "./events";
