// Turn the table model a little when it comes, so that one sees that it can be turned.
import type { CameraView } from "../models/camera";
import type { Model } from "../models/model";

/** Motion that starts by itself and lasts no longer than five seconds needs no button to stop it (WCAG 2.2.2). */
const LASTS_MS = 4500;
const ANGLE = 0.24;

/** Sway once around the first view until it is over; not for who asks for less motion. */
export function sway(model: Model, firstView: () => CameraView, isOver: () => boolean): void {
  if (location.hash || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  let begin = 0;
  const step = (now: number): void => {
    if (isOver() || document.hidden) return;
    begin ||= now;
    const share = Math.min(1, (now - begin) / LASTS_MS);
    const view = firstView();
    model.setView({ ...view, theta: view.theta + ANGLE * Math.sin(2 * Math.PI * share) * (1 - share) }, true);
    if (share < 1) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}
