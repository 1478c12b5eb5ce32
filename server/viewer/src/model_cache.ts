// Let model-viewer forget what nobody looks at: it keeps models by their address, and a blob's is never asked for again.
import type { ModelViewer } from "./model_viewer";

/** The copy of a model that was given up is made right after it has come. */
const AFTER_MS = 1000;

interface Loader {
  constructor: { cache?: Map<string, Promise<unknown>> };
}

/** Keep no model besides those that are shown; called once, when the library is there. */
export function keepNone(): void {
  const library = customElements.get("model-viewer") as { modelCacheSize?: number } | undefined;
  if (library) library.modelCacheSize = 0;
}

/** Let a model go that was still being read when it was given up: the library counts it as shown. */
export async function forget(viewer: ModelViewer, url: string): Promise<void> {
  const renderer = inside<{ loader?: Loader }>(viewer, "renderer");
  const kept = renderer?.loader?.constructor;
  if (!kept?.cache) return;
  // It may not even have begun.
  for (const wait of [undefined, AFTER_MS]) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    await kept.cache.get(url)?.catch(() => undefined);
  }
  await new Promise((resolve) => setTimeout(resolve, 0));
  if (viewer.isConnected && inside<{ url?: string }>(viewer, "scene")?.url === url) return;
  inside<{ release?(url: string): void }>(kept, "evictionPolicy")?.release?.(url);
}

/** Return what an object of the library has under a symbol, its own or its class's. */
function inside<Found>(of: object, name: string): Found | undefined {
  for (let each: object | null = of; each; each = Object.getPrototypeOf(each) as object | null) {
    const key = Object.getOwnPropertySymbols(each).find((symbol) => symbol.description === name);
    if (key) return (of as Record<symbol, Found | undefined>)[key];
  }
  return undefined;
}
