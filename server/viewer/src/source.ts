// Put a file into a <model-viewer>, and wait until it is seen.
import { forget } from "./model_cache";
import type { ModelViewer } from "./model_viewer";

/** Resolves when the model of an address is shown; throws where it cannot be, or the signal's reason. */
export function putSource(viewer: ModelViewer, url: string, signal: AbortSignal): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const ended = new AbortController();
    const once = { signal: ended.signal };
    const end = (how: () => void) => (ended.abort(), how());
    viewer.addEventListener("load", () => end(resolve), once);
    viewer.addEventListener("error", (event) => {
      end(() => reject(new Error(`the model cannot be shown: ${String((event as unknown as CustomEvent<{ type?: string }>).detail?.type)}`)));
    }, once);
    signal.addEventListener("abort", () => {
      void forget(viewer, url);
      end(() => reject(signal.reason as Error));
    }, once);
    viewer.src = url;
  });
}
