// Go where an address or a page leads: to a view, an annotation, a step, AR, or two states laid on each other.
import type { Place } from "./deep_link";
import type { Model } from "./models/model";
import type { Overlay } from "./ui/overlay";
import { annotationsOf } from "./tools/annotations";
import { type Mode, othersOf } from "./tools/comparison";
import type { Host } from "./tools/panel_host";
import { toursOf } from "./tools/tours";

/** What navigation needs of a session. */
interface Visit {
  readonly overlay: Overlay | undefined;
  know(): Promise<Host | undefined>;
  ready(): Promise<Model | undefined>;
}

/** Says whether all of it was there. */
export async function goTo(visit: Visit, place: Place): Promise<boolean> {
  const host = await visit.know();
  if (!host) return false;
  if (place.ar) host.open("ar");
  const model = await visit.ready();
  const isCompared = !place.other || (!!model && (await compareWith(visit, place.other, "slider", 0.5)));
  const tour = toursOf(host).find((each) => each.id === place.tour);
  const annotation = annotationsOf(host).find((each) => each.id === place.annotation);
  if (annotation) host.choose(annotation);
  const isStep = !!tour && !!place.step && place.step <= tour.steps.length;
  if (isStep) {
    host.open("tours");
    await visit.overlay?.tours.go(tour, (place.step as number) - 1, false);
  }
  if (model && place.look) model.lookFrom(place.look, true);
  return isCompared && (!place.annotation || !!annotation) && (!place.tour || isStep);
}

/** Lay another state on this one; share of the other one from 0 to 1. Says whether it could. */
export async function compareWith(visit: Visit, other: string, mode: Mode, share: number): Promise<boolean> {
  const host = await visit.know();
  const state = host?.site.states.find((each) => each.id === other);
  if (!host || !state || !othersOf(host).includes(state) || !(await visit.ready())) return false;
  host?.open("compare");
  const comparison = visit.overlay?.comparison;
  const started = comparison?.start(state);
  comparison?.set(mode, 100 - share * 100);
  await started;
  comparison?.set(mode, 100 - share * 100);
  return true;
}
