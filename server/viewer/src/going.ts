// Go where an address or a page leads: to a view, an annotation, a step, AR, or two states laid on each other.
import { annotationsOf } from "./annotations";
import type { Mode } from "./comparison";
import type { Place } from "./deep_link";
import type { Host } from "./host";
import type { Visit } from "./hosting";
import { toursOf } from "./tours";

interface Known extends Visit {
  know(): Promise<Host | undefined>;
}

export async function goTo(visit: Known, place: Place): Promise<void> {
  const host = await visit.know();
  if (!host) return;
  if (place.ar) host.open("ar");
  const model = await visit.ready();
  if (model && place.other) await compareWith(visit, place.other, "slider", 0.5);
  const tour = toursOf(host).find((each) => each.id === place.tour);
  const annotation = annotationsOf(host).find((each) => each.id === place.annotation);
  if (annotation) host.choose(annotation);
  if (tour && place.step) {
    host.open("tours");
    await visit.furniture?.tours.go(tour, place.step - 1, false);
  }
  if (model && place.look) model.lookFrom(place.look, true);
}

/** Lay another state on this one; share of the other one from 0 to 1. */
export async function compareWith(visit: Known, other: string, mode: Mode, share: number): Promise<void> {
  const host = await visit.know();
  const state = host?.site.states.find((each) => each.id === other);
  if (!state || !(await visit.ready())) return;
  host?.open("compare");
  const comparison = visit.furniture?.comparison;
  const started = comparison?.start(state);
  comparison?.set(mode, 100 - share * 100);
  await started;
  comparison?.set(mode, 100 - share * 100);
}
