// A copy of a show on the kiosk: its page and the files of it, which the service worker answers with when the server is off.

const PREFIX = "carreau-show-1 ";

/** Store the page of this window with its files, in place of an earlier copy; throws where one cannot be had. */
export async function storeCopy(files: readonly string[], page = location.pathname): Promise<void> {
  const cache = await caches.open(PREFIX + page);
  const wanted = new Set([page, ...files].map((each) => new URL(each, location.href).pathname));
  const kept = new Set((await cache.keys()).map((request) => new URL(request.url).pathname));
  for (const address of wanted) {
    // What is named by its content never changes.
    if (kept.has(address) && address.startsWith("/a/")) continue;
    const response = await fetch(address);
    if (!response.ok) throw new Error(`${address}: ${response.status}`);
    const headers = new Headers(response.headers);
    // What is stored is unpacked.
    for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name);
    await cache.put(address, new Response(await response.blob(), { headers }));
  }
  for (const address of kept) if (!wanted.has(address)) await cache.delete(address);
}

/** Return what a copy of any show has at an address. */
export async function readCopy(address: string): Promise<Response | undefined> {
  const path = new URL(address, location.href).pathname;
  for (const name of await caches.keys()) {
    const found = name.startsWith(PREFIX) ? await (await caches.open(name)).match(path) : undefined;
    if (found) return found;
  }
  return undefined;
}
