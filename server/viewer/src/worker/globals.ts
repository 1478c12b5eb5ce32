// Types of a service worker's global scope; they cannot be combined with those of pages in one project.

export interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}

export interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  readonly preloadResponse: Promise<Response | undefined>;
  respondWith(answer: Promise<Response>): void;
}

/** Settings that the publisher writes before the code of the worker. */
export interface Settings {
  /** Offline pages by language; the digest makes a changed page a new worker. */
  readonly offline: Readonly<Record<string, { readonly page: string; readonly sha256: string }>>;
  /** Content addresses of the files that these pages need. */
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
