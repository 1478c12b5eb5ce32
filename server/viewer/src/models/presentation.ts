// Show a model in the room around the visitor, with WebXR.
import type { ModelViewer } from "./model_viewer";

/** What `ar-status` says when a session is over, or could not start. */
const OVER = ["not-presenting", "failed"];

/**
 * Start a session with a model at a size; it returns to its own size afterwards.
 *
 * scale : from the model's metres to metres in the room
 * isResizable : whether the visitor may scale it
 */
export async function presentInRoom(viewer: ModelViewer, scale: number, isResizable: boolean): Promise<void> {
  viewer.setAttribute("ar-scale", isResizable ? "auto" : "fixed");
  viewer.setAttribute("ar-placement", "floor");
  viewer.setAttribute("scale", `${scale} ${scale} ${scale}`);
  const onStatus = (event: Event) => {
    if (!OVER.includes((event as CustomEvent<{ status: string }>).detail.status)) return;
    viewer.removeEventListener("ar-status", onStatus);
    viewer.setAttribute("scale", "1 1 1");
  };
  viewer.addEventListener("ar-status", onStatus);
  await viewer.updateComplete;
  await viewer.activateAR();
}
