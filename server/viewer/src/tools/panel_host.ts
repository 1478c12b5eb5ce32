// Interface between the panels and the viewer they belong to.
import type { DeepLink } from "../deep_link";
import type { Emit } from "../events";
import type { Device, Quality, ShownName } from "../models/levels";
import type { Model } from "../models/model";
import type { Annotation, Medium, Site, State, Territory } from "../schema";
import type { Words } from "../words";

export interface PanelHost {
  readonly element: HTMLElement;
  readonly stage: HTMLElement;
  readonly site: Site;
  readonly state: State;
  /** The territory whose table model is shown; undefined for a site. */
  readonly territory: Territory | undefined;
  readonly words: Words;
  readonly origin: string;
  readonly model: Model | undefined;
  /** Whether there is a model, or will be: its tools are there from the start, so that none moves. */
  readonly hasModel: boolean;
  readonly emit: Emit;
  readonly reducedMotion: boolean;
  /** Show a status message, which is also read aloud; invisible if the text is elsewhere already. */
  announce(text: string, isVisible?: boolean): void;
  /** Load the model if necessary; undefined if it cannot be shown. */
  ready(): Promise<Model | undefined>;
  /** Load a level. */
  load(model: Model, name: ShownName): Promise<void>;
  /** Show a level in the encoding that suits the device, and what else is shown. */
  show(name: Quality): Promise<void>;
  device(): Device;
  medium(id: string): Medium | undefined;
  select(annotation: Annotation | undefined): void;
  /** Return the deep link of the current view. */
  deepLink(): DeepLink;
  /** Open a panel by its name. */
  open(panel: string): void;
}

/** Return an absolute URL of the site. */
export function absoluteUrl(host: Pick<PanelHost, "origin">, url: string): string {
  return new URL(url, host.origin).href;
}
