// What a service worker finds around it; its types and those of pages cannot be in one project.

export interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}

export interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  readonly preloadResponse: Promise<Response | undefined>;
  respondWith(answer: Promise<Response>): void;
}

/** What the publisher writes before the worker's own lines. */
export interface Settings {
  /** Pages by language that say there is no network; each with a digest, so that a new one makes a new worker. */
  readonly offline: Readonly<Record<string, { readonly page: string; readonly sha256: string }>>;
  /** What these pages need, by content. */
  readonly files: readonly string[];
}

interface Events {
  install: ExtendableEvent;
  activate: ExtendableEvent;
  fetch: FetchEvent;
}

interface WorkerScope {
  readonly CARREAU: Settings;
  readonly clients: { claim(): Promise<void> };
  readonly registration: { readonly navigationPreload?: { enable(): Promise<void> } };
  skipWaiting(): Promise<void>;
  addEventListener<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): void;
}

export const scope = self as unknown as WorkerScope;
