// Fill the screen; on phones that let no element do so, the window.

const FILLED = "filled";

/** Tell when an element begins or ceases to fill the screen, however that came about; Escape ends what fills the window. */
export function watchFull(element: HTMLElement, told: () => void, signal: AbortSignal): void {
  element.addEventListener("fullscreenchange", told, { signal });
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !element.classList.contains(FILLED)) return;
    fill(element, false);
  }, { signal });
}

export function isFull(element: Element): boolean {
  return document.fullscreenElement === element || element.classList.contains(FILLED);
}

export async function toggleFull(element: Element): Promise<void> {
  if (document.fullscreenElement === element) await document.exitFullscreen();
  else if (document.fullscreenEnabled) await element.requestFullscreen().catch(() => undefined);
  else fill(element, !element.classList.contains(FILLED));
}

/** Fill the window, or no longer; told as the browser tells of the screen. */
function fill(element: Element, isFilled: boolean): void {
  element.classList.toggle(FILLED, isFilled);
  element.dispatchEvent(new Event("fullscreenchange"));
}
