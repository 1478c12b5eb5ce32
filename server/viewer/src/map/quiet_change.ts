// Change a page without moving what the visitor reads: what lies above the window waits until it is seen.

const waiting = new Map<HTMLElement, () => void>();

/** Change an element at once. */
export function changeAtOnce(element: HTMLElement, change: () => void): void {
  waiting.delete(element);
  change();
}

/** Change an element, whose height may change with it, at once or when it is seen. */
export function changeQuietly(element: HTMLElement, change: () => void): void {
  if (isAbove(element)) waiting.set(element, change);
  else changeAtOnce(element, change);
}

/** Set the text of an element, at once or when it is seen. */
export function setQuietly(element: HTMLElement, text: string): void {
  changeQuietly(element, () => {
    if (element.textContent !== text) element.textContent = text;
  });
}

/** An element that is hidden or empty may have no box: then the one before it tells, or the one around it. */
function isAbove(element: HTMLElement): boolean {
  const drawn = [element, element.previousElementSibling, element.parentElement].find((each) => each?.getClientRects().length);
  return !!drawn && drawn.getBoundingClientRect().bottom <= 0;
}

addEventListener("scroll", () => {
  for (const [element, change] of waiting) {
    if (!isAbove(element)) changeAtOnce(element, change);
  }
}, { passive: true });
