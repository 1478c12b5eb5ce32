// Store the offline pages, one per language.
import { scope, type Settings } from "./globals";

const PAGES = "carreau-offline-1";

/** Fetch the offline pages and their files; throws if one is missing, so that the previous worker stays. */
export async function fetchPages(settings: Settings = scope.CARREAU): Promise<void> {
  const addresses = [...Object.values(settings.offline).map((each) => each.page), ...settings.files];
  const responses = await Promise.all(
    addresses.map(async (address) => {
      const isNamedByContent = address.startsWith("/a/");
      const response = await fetch(address, { cache: isNamedByContent ? "default" : "reload" });
      if (!response.ok) throw new Error(`${address}: ${response.status}`);
      return [address, response] as const;
    }),
  );
  const cache = await caches.open(PAGES);
  for (const [address, response] of responses) await cache.put(address, withoutRedirect(response));
}

/** Delete the pages of previous workers. */
export async function deleteOldPages(settings: Settings = scope.CARREAU): Promise<void> {
  const addresses = new Set([...Object.values(settings.offline).map((each) => each.page), ...settings.files]);
  const cache = await caches.open(PAGES);
  for (const request of await cache.keys()) {
    if (!addresses.has(new URL(request.url).pathname)) await cache.delete(request);
  }
}

/** Return the offline page in the language of an address, or of the browser. */
export async function offlinePage(path: string, settings: Settings = scope.CARREAU): Promise<Response | undefined> {
  const addresses = [path.split("/")[1] ?? "", ...navigator.languages.map((each) => each.slice(0, 2))];
  const pages = settings.offline;
  const lang = addresses.find((each) => pages[each]) ?? Object.keys(pages)[0];
  const page = lang && pages[lang];
  return page ? readPageFile(page.page) : undefined;
}

/** Return a stored page or file. */
export async function readPageFile(address: string): Promise<Response | undefined> {
  return (await caches.open(PAGES)).match(address);
}

/** Static hosts redirect from "/fr/x" to "/fr/x/", and browsers reject redirected responses to a navigation. */
function withoutRedirect(response: Response): Response {
  return response.redirected ? new Response(response.body, { headers: response.headers }) : response;
}
