// What the panels may ask of the element they belong to.
import type { DeepLink } from "../deep_link";
import type { Emit } from "../events";
import type { Device, ShownName } from "../models/levels";
import type { Model } from "../models/model";
import type { Annotation, Medium, Site, State } from "../schema";
import type { Words } from "../words";

export interface PanelHost {
  readonly element: HTMLElement;
  readonly stage: HTMLElement;
  readonly site: Site;
  readonly state: State;
  readonly words: Words;
  readonly origin: string;
  readonly model: Model | undefined;
  readonly emit: Emit;
  readonly reducedMotion: boolean;
  /** Show something in the status line, and have it read aloud; or only that, where it stands elsewhere already. */
  announce(text: string, isVisible?: boolean): void;
  /** Load the model if it is not there; undefined where it cannot be. */
  ready(): Promise<Model | undefined>;
  /** Choose a level, and load it. */
  load(model: Model, name: ShownName): Promise<void>;
  device(): Device;
  medium(id: string): Medium | undefined;
  select(annotation: Annotation | undefined): void;
  /** What an address of this view says. */
  deepLink(): DeepLink;
  /** Open a panel by its name. */
  open(panel: string): void;
}

/** Return an address of the site's with its origin. */
export function absoluteUrl(host: Pick<PanelHost, "origin">, url: string): string {
  return new URL(url, host.origin).href;
}
