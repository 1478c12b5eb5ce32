// Give the panels what they may ask of a visit.
import { ORIGIN } from "./documents";
import type { Emit } from "./events";
import type { Overlay } from "./ui/overlay";
import type { Host } from "./panel_host";
import type { ShownName } from "./levels";
import { deviceOf } from "./levels";
import type { Site, State } from "./schema";
import type { Model } from "./model";
import type { Stage } from "./stage";
import type { Words } from "./words";

/** What is there by and by. */
export interface Visit {
  readonly model: Model | undefined;
  readonly overlay: Overlay | undefined;
  ready(): Promise<Model | undefined>;
  load(model: Model, name: ShownName): Promise<void>;
}

export function createPanelHost(visit: Visit, element: HTMLElement, stage: Stage, site: Site, state: State, words: Words, emit: Emit): Host {
  return {
    element, stage: stage.element, site, state, words, origin: ORIGIN, emit,
    get model() {
      return visit.model;
    },
    get isStill() {
      return matchMedia("(prefers-reduced-motion: reduce)").matches;
    },
    announce: (text, isSeen) => stage.say(text, isSeen),
    ready: () => visit.ready(),
    load: (model, name) => visit.load(model, name),
    device: () => deviceOf(stage.element),
    medium: (id) => site.media.find((each) => each.id === id),
    choose: (annotation) => visit.overlay?.choose(annotation),
    open: (panel) => visit.overlay?.bar.open(panel),
    place: () => {
      const { tours, comparison, chosen } = visit.overlay ?? {};
      return {
        state: state.id, look: visit.model?.level ? visit.model.look : undefined, annotation: chosen?.id,
        tour: tours?.tour?.id, step: tours?.tour ? tours.at + 1 : undefined, other: comparison?.other?.state.id,
      };
    },
  };
}
