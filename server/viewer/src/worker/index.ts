// The service worker: what is named by its content comes from packs, all else from the network as long as there is one.
import { readContent } from "../offline/pack_store";
import { type FetchEvent, scope } from "./globals";
import { deleteOldPages, fetchPages, readPageFile, offlinePage } from "./offline_pages";
import { answerFromPacks, alternativeContent } from "./pack_answers";
import { rangeResponse } from "./range";

/** How long a network may be silent, in milliseconds, before a pack answers in its place. */
const NETWORK_TIMEOUT_MS = 6000;

scope.addEventListener("install", (event) => {
  // Nothing of a page is tied to the worker that was there before: a new one may take over at once.
  event.waitUntil(fetchPages().then(() => scope.skipWaiting()));
});

scope.addEventListener("activate", (event) => {
  // A page need not wait for the worker to start: the browser asks the network meanwhile.
  event.waitUntil(Promise.all([deleteOldPages(), scope.registration.navigationPreload?.enable(), scope.clients.claim()]));
});

scope.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (origin !== location.origin || (method !== "GET" && method !== "HEAD")) return;
  event.respondWith(pathname.startsWith("/a/") ? cacheFirst(event.request, pathname) : networkFirst(event));
});

/** A content never changes: what is stored of it was checked when it came. */
async function cacheFirst(request: Request, address: string): Promise<Response> {
  const stored = await orUndefined(readContent(address));
  if (stored) return rangeResponse(request.headers, stored);
  try {
    return await fetch(request);
  } catch (failure) {
    const other = await orUndefined(alternativeContent(request).then((content) => content ?? readPageFile(address)));
    if (other) return other;
    return fallback(request, failure);
  }
}

/** Answers of the host change: a pack speaks only where the network does not. */
async function networkFirst(event: FetchEvent): Promise<Response> {
  const { request } = event;
  const network = fromNetwork(event);
  const response = await Promise.race([network.catch(() => undefined), delay(NETWORK_TIMEOUT_MS)]);
  if (response && !isGatewayError(response)) return response;
  const stored = await orUndefined(answerFromPacks(request));
  if (stored) return stored;
  try {
    return await network;
  } catch (failure) {
    return fallback(request, failure);
  }
}

async function fromNetwork(event: FetchEvent): Promise<Response> {
  return (await event.preloadResponse) ?? fetch(event.request);
}

/** Return the page that says there is no network; what is no page fails as it would without a worker. */
async function fallback(request: Request, failure: unknown): Promise<Response> {
  const page = request.mode === "navigate" ? await orUndefined(offlinePage(new URL(request.url).pathname)) : undefined;
  if (page) return page;
  throw failure;
}

/** A proxy that answers in place of a host that is gone says so in these words. */
function isGatewayError(response: Response): boolean {
  return response.status >= 502 && response.status <= 504;
}

function delay(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), milliseconds));
}

/** A store that cannot be read is as good as none. */
async function orUndefined<Value>(work: Promise<Value | undefined>): Promise<Value | undefined> {
  return work.catch(() => undefined);
}
