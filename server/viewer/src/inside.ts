// What model-viewer has and does not offer: its scene, found under a symbol. The version is pinned; where the scene is
// not found, parts cannot be hidden, and the viewer says so.
import type { ModelViewer } from "./library";

interface Scene {
  getObjectByName(name: string): { visible: boolean } | undefined;
  queueRender(): void;
}

function sceneOf(viewer: ModelViewer): Scene | undefined {
  const key = Object.getOwnPropertySymbols(viewer).find((symbol) => symbol.description === "scene");
  const scene = key && (viewer as unknown as Record<symbol, Scene | undefined>)[key];
  return scene && typeof scene.getObjectByName === "function" && typeof scene.queueRender === "function" ? scene : undefined;
}

/** Show or hide the parts of some names; returns those that the model has. */
export function showParts(viewer: ModelViewer, names: readonly string[], isShown: boolean): string[] {
  const scene = sceneOf(viewer);
  const found = names.filter((name) => {
    const part = scene?.getObjectByName(nodeName(name));
    if (part) part.visible = isShown;
    return part;
  });
  if (found.length) scene?.queueRender();
  return found;
}

/** Return the name that three.js gives a node: without what its animation paths are made of. */
export function nodeName(name: string): string {
  return name.replace(/\s/g, "_").replace(/[[\].:/]/g, "");
}
