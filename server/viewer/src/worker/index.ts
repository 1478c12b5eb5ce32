// The service worker: contents come from packs first, everything else from the network first. Without a network, copies of
// shows answer too.
import { readContent } from "../offline/pack_store";
import { readCopy } from "../show/show_copy";
import { type FetchEvent, scope } from "./globals";
import { deleteOldPages, fetchPages, offlinePage, readPageFile } from "./offline_pages";
import { alternativeContent, answerFromPacks } from "./pack_answers";
import { rangeResponse } from "./range";

/** Time after which a pack answers instead of the network, in milliseconds. */
const NETWORK_TIMEOUT_MS = 6000;

scope.addEventListener("install", (event) => {
  // A new worker may take over at once: pages do not depend on its version.
  event.waitUntil(fetchPages().then(() => scope.skipWaiting()));
});

scope.addEventListener("activate", (event) => {
  // Navigation preload: the browser sends the request while the worker starts.
  event.waitUntil(Promise.all([deleteOldPages(), scope.registration.navigationPreload?.enable(), scope.clients.claim()]));
});

scope.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (origin !== location.origin || (method !== "GET" && method !== "HEAD")) return;
  event.respondWith(pathname.startsWith("/a/") ? cacheFirst(event.request, pathname) : networkFirst(event));
});

/** Contents never change, and were checked when they were stored. */
async function cacheFirst(request: Request, address: string): Promise<Response> {
  const stored = await orUndefined(readContent(address));
  if (stored) return rangeResponse(request.headers, stored);
  try {
    return await fetch(request);
  } catch (failure) {
    const other = await orUndefined(alternativeContent(request).then((content) => content ?? readPageFile(address)));
    if (other) return other;
    const copy = await orUndefined(readCopy(address));
    if (copy) return rangeResponse(request.headers, copy);
    return fallback(request, failure);
  }
}

/** Other responses change: packs answer only without a network. */
async function networkFirst(event: FetchEvent): Promise<Response> {
  const { request } = event;
  const network = fromNetwork(event);
  const response = await Promise.race([network.catch(() => undefined), delay(NETWORK_TIMEOUT_MS)]);
  if (response && !isGatewayError(response)) return response;
  const stored = (await orUndefined(answerFromPacks(request))) ?? (await orUndefined(readCopy(request.url)));
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

/** Return the offline page for a navigation; other requests fail as without a worker. */
async function fallback(request: Request, failure: unknown): Promise<Response> {
  const page = request.mode === "navigate" ? await orUndefined(offlinePage(new URL(request.url).pathname)) : undefined;
  if (page) return page;
  throw failure;
}

/** Return whether a proxy answers for a host that is down. */
function isGatewayError(response: Response): boolean {
  return response.status >= 502 && response.status <= 504;
}

function delay(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), milliseconds));
}

/** Treat a failing store as empty. */
async function orUndefined<Value>(work: Promise<Value | undefined>): Promise<Value | undefined> {
  return work.catch(() => undefined);
}
