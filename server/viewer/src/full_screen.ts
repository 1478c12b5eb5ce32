// Fill the screen; on phones that let no element do so, the window.

const FILLED = "filled";

export function isFull(element: Element): boolean {
  return document.fullscreenElement === element || element.classList.contains(FILLED);
}

export async function toggleFull(element: Element): Promise<void> {
  if (document.fullscreenElement === element) await document.exitFullscreen();
  else if (document.fullscreenEnabled) await element.requestFullscreen().catch(() => undefined);
  else element.classList.toggle(FILLED);
}
