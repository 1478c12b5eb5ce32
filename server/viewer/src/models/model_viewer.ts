// Load model-viewer once, and declare the part of its API that is used.
import type { StartDocument } from "../words";

export interface Vector {
  x: number;
  y: number;
  z: number;
}

/** The API of <model-viewer> 4.4 that this project uses. */
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
  /** Width by height of a stage that shows the model as large as the field of view says; a narrower one widens it. */
  getIdealAspect(): number;
  getDimensions(): Vector;
  getBoundingBoxCenter(): Vector;
  readonly originalGltfJson: { readonly nodes?: readonly { name?: string; mesh?: number }[] } | null;
  jumpCameraToGoal(): void;
  resetTurntableRotation(theta: number): void;
  activateAR(): Promise<void>;
  play(): void;
  pause(): void;
  zoom(presses: number): void;
  positionAndNormalFromPoint(x: number, y: number): { position: Vector; normal: Vector } | null;
  /** Return what is seen there: numbers of its mesh, of its primitive and of its corners. */
  surfaceFromPoint(x: number, y: number): string | null;
  toBlob(options?: { mimeType?: string; qualityArgument?: number }): Promise<Blob>;
  updateHotspot(hotspot: { name: string; position: string; normal?: string }): void;
  queryHotspot(name: string): { canvasPosition: Vector; facingCamera: boolean } | null;
}

/** When the library is here, or has failed to come; `soon` resolves shortly before that on a slow connection. */
interface Arrival {
  soon: Promise<void>;
  here: Promise<void>;
}

/** Share of the library that is still to come when a slow connection should be asked for what follows. */
const STILL_TO_COME = 0.2;
/** A connection is slow where so much of the library takes longer, in milliseconds. */
const SLOW_MS = 500;

/** Where the library and its decoders are. */
export type LibraryFiles = Pick<StartDocument, "library" | "library_bytes" | "basis" | "draco">;

let loading: Promise<unknown> | undefined;
/** How often it could not be loaded. */
let failures = 0;
let arrival: Arrival | undefined;

/**
 * Fetch the library without running it, once: it is run from the cache of the browser.
 *
 * A module that is preloaded does not tell how far it is, so that the connection would be idle for a round trip after it.
 * Pages with a model have asked for it before this script was here (`ahead.js`).
 */
export function preloadLibrary(start: LibraryFiles): Arrival {
  if (arrival) return arrival;
  let tellSoon = (): void => undefined;
  const soon = new Promise<void>((resolve) => (tellSoon = resolve));
  const here = fetchLibrary(start, tellSoon).catch(() => (arrival = undefined)).then(tellSoon);
  return (arrival = { soon, here });
}

async function fetchLibrary(start: LibraryFiles, tellSoon: () => void): Promise<void> {
  const page = self as unknown as { carreauLibrary?: Promise<Response> };
  const asked = page.carreauLibrary ?? fetch(start.library);
  delete page.carreauLibrary;
  const reader = (await asked).body?.getReader();
  const [began, most] = [performance.now(), (start.library_bytes ?? Infinity) * (1 - STILL_TO_COME)];
  let done = 0;
  for (let chunk = await reader?.read(); chunk && !chunk.done; chunk = await reader?.read()) {
    done += chunk.value.length;
    if (done >= most && performance.now() - began > SLOW_MS) tellSoon();
  }
}

/** Load the library; the first call sets the addresses of its decoders. A failure can be retried. */
export async function loadLibrary(start: LibraryFiles): Promise<void> {
  const page = self as unknown as { ModelViewerElement?: object };
  if (customElements.get("model-viewer")) return;
  page.ModelViewerElement ??= {
    dracoDecoderLocation: start.draco,
    ktx2TranscoderLocation: start.basis,
  };
  // A browser remembers that a module could not be fetched: at another fragment it is another one.
  const address = failures ? `${start.library}#${failures}` : start.library;
  loading ??= preloadLibrary(start).here.then(() => import(address)).catch((failure: unknown) => {
    loading = undefined;
    failures += 1;
    throw failure;
  });
  await loading;
  // Each blob has its own URL, so a cached model would never be used again.
  const library = customElements.get("model-viewer") as { modelCacheSize?: number } | undefined;
  if (library) library.modelCacheSize = 0;
}

/** Adopt the <style> elements of the library as style sheets, as a content security policy may block them. */
export function adoptStyle(root: ShadowRoot | null): void {
  for (const style of root?.querySelectorAll("style") ?? []) {
    if (style.sheet) continue;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style.textContent ?? "");
    root?.adoptedStyleSheets.push(sheet);
  }
  // Chromium keeps the styles of masks alive, and with them every model that was shown. They belong to an unused hint.
  for (const masked of root?.querySelectorAll("[mask]") ?? []) masked.removeAttribute("mask");
}

/** The library labels its live region the same in every model; a live region needs no role of a landmark. */
export function removeLandmarks(root: ShadowRoot | null): void {
  for (const region of root?.querySelectorAll('[role="region"]') ?? []) {
    region.removeAttribute("role");
    region.removeAttribute("aria-label");
  }
}

/** Return whether the browser has the WebGL 2 API; cheap. */
export function mayHaveWebGL(): boolean {
  return "WebGL2RenderingContext" in self;
}

let supportsWebGL: boolean | undefined;

/** Return whether WebGL 2 works; tested once. */
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
