// The service worker: what is named by its content comes from packs, all else from the network as long as there is one.
import { content } from "../offline/pack_store";
import { type Asking, scope } from "./globals";
import { dropOthers, fetchPages, keptForPages, offlinePage } from "./offline_pages";
import { fromPacks, likeness } from "./pack_answers";
import { ranged } from "./range";

/** How long a network may be silent, in milliseconds, before a pack answers in its place. */
const PATIENCE = 6000;

scope.addEventListener("install", (event) => {
  // Nothing of a page is tied to the worker that was there before: a new one may take over at once.
  event.waitUntil(fetchPages().then(() => scope.skipWaiting()));
});

scope.addEventListener("activate", (event) => {
  // A page need not wait for the worker to start: the browser asks the network meanwhile.
  event.waitUntil(Promise.all([dropOthers(), scope.registration.navigationPreload?.enable(), scope.clients.claim()]));
});

scope.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (origin !== location.origin || (method !== "GET" && method !== "HEAD")) return;
  event.respondWith(pathname.startsWith("/a/") ? contentFirst(event.request, pathname) : networkFirst(event));
});

/** A content never changes: what is stored of it was checked when it came. */
async function contentFirst(request: Request, address: string): Promise<Response> {
  const kept = await quietly(content(address));
  if (kept) return ranged(request.headers, kept);
  try {
    return await fetch(request);
  } catch (failure) {
    const other = await quietly(likeness(request).then((found) => found ?? keptForPages(address)));
    if (other) return other;
    return fallback(request, failure);
  }
}

/** Answers of the host change: a pack speaks only where the network does not. */
async function networkFirst(event: Asking): Promise<Response> {
  const { request } = event;
  const network = fromNetwork(event);
  const first = await Promise.race([network.catch(() => undefined), pause(PATIENCE)]);
  if (first && !isDown(first)) return first;
  const kept = await quietly(fromPacks(request));
  if (kept) return kept;
  try {
    return await network;
  } catch (failure) {
    return fallback(request, failure);
  }
}

async function fromNetwork(event: Asking): Promise<Response> {
  return (await event.preloadResponse) ?? fetch(event.request);
}

/** Return the page that says there is no network; what is no page fails as it would without a worker. */
async function fallback(request: Request, failure: unknown): Promise<Response> {
  const page = request.mode === "navigate" ? await quietly(offlinePage(new URL(request.url).pathname)) : undefined;
  if (page) return page;
  throw failure;
}

/** A proxy that answers in place of a host that is gone says so in these words. */
function isDown(answer: Response): boolean {
  return answer.status >= 502 && answer.status <= 504;
}

function pause(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), milliseconds));
}

/** A store that cannot be read is as good as none. */
async function quietly<Found>(work: Promise<Found | undefined>): Promise<Found | undefined> {
  return work.catch(() => undefined);
}
