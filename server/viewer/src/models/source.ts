// Put a file into a <model-viewer>, and wait until it is seen.
import type { ModelViewer } from "./model_viewer";

/** Resolves when the model of an address is shown; throws where it cannot be, or the signal's reason. */
export function loadSource(viewer: ModelViewer, url: string, signal: AbortSignal): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const settled = new AbortController();
    const options = { signal: settled.signal };
    const settle = (settlePromise: () => void) => (settled.abort(), settlePromise());
    viewer.addEventListener("load", () => settle(resolve), options);
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

// Let model-viewer forget what nobody looks at: it keeps models by their address, and a blob's is never asked for again.

/** The copy of a model that was given up is made right after it has come. */
const AFTER_MS = 1000;

interface Loader {
  constructor: { cache?: Map<string, Promise<unknown>> };
}

/** Let a model go that was still being read when it was given up: the library counts it as shown. */
async function evict(viewer: ModelViewer, url: string): Promise<void> {
  const renderer = symbolProperty<{ loader?: Loader }>(viewer, "renderer");
  const cacheClass = renderer?.loader?.constructor;
  if (!cacheClass?.cache) return;
  // It may not even have begun.
  for (const wait of [undefined, AFTER_MS]) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    await cacheClass.cache.get(url)?.catch(() => undefined);
  }
  await new Promise((resolve) => setTimeout(resolve, 0));
  if (viewer.isConnected && symbolProperty<{ url?: string }>(viewer, "scene")?.url === url) return;
  symbolProperty<{ release?(url: string): void }>(cacheClass, "evictionPolicy")?.release?.(url);
}

/** Return what an object of the library has under a symbol, its own or its class's. */
function symbolProperty<Value>(of: object, name: string): Value | undefined {
  for (let each: object | null = of; each; each = Object.getPrototypeOf(each) as object | null) {
    const key = Object.getOwnPropertySymbols(each).find((symbol) => symbol.description === name);
    if (key) return (of as Record<symbol, Value | undefined>)[key];
  }
  return undefined;
}
