// Load model-viewer once, and say what we use of it.
import { h } from "../dom";
import type { StartDocument } from "../words";

export interface Vector {
  x: number;
  y: number;
  z: number;
}

/** What this project uses of <model-viewer> 4.4. */
export interface ModelViewer extends HTMLElement {
  src: string | null;
  alt: string | null;
  a11y: string | null;
  cameraOrbit: string;
  cameraTarget: string;
  fieldOfView: string;
  readonly loaded: boolean;
  readonly canActivateAR: boolean;
  readonly paused: boolean;
  readonly updateComplete: Promise<boolean>;
  autoplay: boolean;
  animationName?: string | null;
  currentTime: number;
  getCameraOrbit(): { theta: number; phi: number; radius: number };
  getCameraTarget(): Vector;
  getFieldOfView(): number;
  jumpCameraToGoal(): void;
  resetTurntableRotation(theta: number): void;
  activateAR(): Promise<void>;
  play(): void;
  pause(): void;
  zoom(presses: number): void;
  positionAndNormalFromPoint(x: number, y: number): { position: Vector; normal: Vector } | null;
  queryHotspot(name: string): { canvasPosition: Vector; facingCamera: boolean } | null;
}

let loading: Promise<unknown> | undefined;
let preloading: Promise<void> | undefined;

/** Fetch the library and do not start it: resolves when it is here, or where that cannot be known, or failed. */
export function fetchLibrary(start: Pick<StartDocument, "library">): Promise<void> {
  return (preloading ??= new Promise((resolve) => {
    const link = h("link", { rel: "modulepreload", href: start.library });
    if (!link.relList.supports("modulepreload")) return resolve();
    link.onload = () => resolve();
    link.onerror = () => ((preloading = undefined), resolve());
    document.head.append(link);
  }));
}

/** Load the library; the first call says where its decoders are. A failure may be tried again. */
export async function loadLibrary(start: Pick<StartDocument, "library" | "basis" | "draco" | "meshopt">): Promise<void> {
  const page = self as unknown as { ModelViewerElement?: object };
  if (customElements.get("model-viewer")) return;
  page.ModelViewerElement ??= {
    dracoDecoderLocation: start.draco,
    ktx2TranscoderLocation: start.basis,
    meshoptDecoderLocation: start.meshopt,
  };
  if (!loading) document.head.append(h("link", { rel: "preload", as: "script", href: start.meshopt }));
  loading ??= fetchLibrary(start).then(() => import(start.library));
  try {
    await loading;
    // Every blob has an address of its own: a cached model would never be used again.
    const library = customElements.get("model-viewer") as { modelCacheSize?: number } | undefined;
    if (library) library.modelCacheSize = 0;
  } catch (failure) {
    loading = undefined;
    throw failure;
  }
}

/** Adopt the style that the library writes into its root as an element, where a policy does not let that take effect. */
export function adoptStyle(root: ShadowRoot | null): void {
  for (const style of root?.querySelectorAll("style") ?? []) {
    if (style.sheet) continue;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style.textContent ?? "");
    root?.adoptedStyleSheets.push(sheet);
  }
  // Chromium keeps styles of masks, and with them every model that was ever shown; they belong to a hint nobody sees.
  for (const masked of root?.querySelectorAll("[mask]") ?? []) masked.removeAttribute("mask");
}

/** Say whether the browser knows of drawing in 3D at all. */
export function mayHaveWebGL(): boolean {
  return "WebGL2RenderingContext" in self;
}

let supportsWebGL: boolean | undefined;

/** Say whether the browser can draw in 3D; found out once. */
export function hasWebGL(): boolean {
  return (supportsWebGL ??= canDraw());
}

function canDraw(): boolean {
  try {
    const context = document.createElement("canvas").getContext("webgl2");
    context?.getExtension("WEBGL_lose_context")?.loseContext();
    return !!context;
  } catch {
    return false;
  }
}
