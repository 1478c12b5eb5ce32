// Navigate to a view, an annotation, a tour step, AR, or a comparison.
import type { DeepLink } from "./deep_link";
import type { Model } from "./models/model";
import { stateAnnotations } from "./tools/annotations";
import { comparableStates, type Mode } from "./tools/comparison";
import type { PanelHost } from "./tools/panel_host";
import { stateTours } from "./tools/tours";
import type { Overlay } from "./ui/overlay";

/** What navigation needs of a session. */
interface NavigableSession {
  readonly overlay: Overlay | undefined;
  loadSite(): Promise<PanelHost | undefined>;
  ready(): Promise<Model | undefined>;
}

/** Follow a deep link; return whether all its parts exist. */
export async function navigate(session: NavigableSession, link: DeepLink): Promise<boolean> {
  const host = await session.loadSite();
  if (!host) return false;
  if (link.ar) host.open("ar");
  const model = await session.ready();
  const isComparing = !link.other || (!!model && (await startComparison(session, link.other, link.mode ?? "slider", link.share ?? 0.5)));
  const tour = stateTours(host).find((each) => each.id === link.tour);
  const annotation = stateAnnotations(host).find((each) => each.id === link.annotation);
  if (annotation) host.select(annotation);
  const isStep = !!tour && !!link.step && link.step <= tour.steps.length;
  if (isStep) {
    host.open("tours");
    await session.overlay?.tours.go(tour, (link.step as number) - 1, false);
  }
  if (model && link.view) model.setView(link.view, true);
  return isComparing && (!link.annotation || !!annotation) && (!link.tour || isStep);
}

/** Compare with another state; share of the other state from 0 to 1. Return whether it is possible. */
export async function startComparison(session: NavigableSession, other: string, mode: Mode, share: number): Promise<boolean> {
  const host = await session.loadSite();
  const state = host?.site.states.find((each) => each.id === other);
  if (!host || !state || !comparableStates(host).includes(state) || !(await session.ready())) return false;
  session.overlay?.thenNow?.endSweep();
  await session.overlay?.comparison.begin(state, mode, 100 - share * 100);
  return true;
}
