// Show a file in a <model-viewer>.
import type { ModelViewer } from "./model_viewer";
import { symbolProperty } from "./symbol_property";

/** Show the model of a file; resolves when it is visible. Throws if it cannot be shown, or the reason of the abort. */
export async function loadFile(viewer: ModelViewer, file: Blob, signal: AbortSignal): Promise<void> {
  const url = URL.createObjectURL(file);
  try {
    await loadSource(viewer, url, signal);
  } finally {
    // The library may not have read an aborted file yet, and would report that it is gone.
    if (signal.aborted) setTimeout(() => URL.revokeObjectURL(url), 2 * AFTER_MS);
    else URL.revokeObjectURL(url);
  }
}

/** Show the model of a URL; resolves when it is visible. Throws if it cannot be shown, or the reason of the abort. */
export function loadSource(viewer: ModelViewer, url: string, signal: AbortSignal): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const settled = new AbortController();
    const options = { signal: settled.signal };
    const settle = (settlePromise: () => void) => (settled.abort(), settlePromise());
    viewer.addEventListener("load", (event) => {
      // The library reports an aborted model as loaded, too, when the next one takes its place.
      if ((event as unknown as CustomEvent<{ url?: string }>).detail?.url === url) settle(resolve);
    }, options);
    viewer.addEventListener("error", (event) => {
      settle(() => reject(new Error(`the model cannot be shown: ${String((event as unknown as CustomEvent<{ type?: string }>).detail?.type)}`)));
    }, options);
    signal.addEventListener("abort", () => {
      void evict(viewer, url);
      settle(() => reject(signal.reason as Error));
    }, options);
    viewer.src = url;
  });
}

/** The library copies an aborted model right after it has loaded. */
const AFTER_MS = 1000;

interface Loader {
  constructor: { cache?: Map<string, Promise<unknown>> };
}

/** Remove an aborted model from the cache of the library, which counts it as in use. */
async function evict(viewer: ModelViewer, url: string): Promise<void> {
  const renderer = symbolProperty<{ loader?: Loader }>(viewer, "renderer");
  const cacheClass = renderer?.loader?.constructor;
  if (!cacheClass?.cache) return;
  // The load may not have started yet.
  for (const wait of [undefined, AFTER_MS]) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    await cacheClass.cache.get(url)?.catch(() => undefined);
  }
  await new Promise((resolve) => setTimeout(resolve, 0));
  if (viewer.isConnected && symbolProperty<{ url?: string }>(viewer, "scene")?.url === url) return;
  symbolProperty<{ release?(url: string): void }>(cacheClass, "evictionPolicy")?.release?.(url);
}
