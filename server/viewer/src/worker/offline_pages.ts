// Keep the few pages that say there is no network, one a language.
import { scope, type Settings } from "./globals";

const PAGES = "carreau-offline-1";

/** Fetch them anew, and what they need; throws where one does not come, so that the worker before stays. */
export async function fetchPages(settings: Settings = scope.CARREAU): Promise<void> {
  const wanted = [...Object.values(settings.offline).map((each) => each.page), ...settings.files];
  const answers = await Promise.all(
    wanted.map(async (address) => {
      const isNamedByContent = address.startsWith("/a/");
      const answer = await fetch(address, { cache: isNamedByContent ? "default" : "reload" });
      if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
      return [address, answer] as const;
    }),
  );
  const cache = await caches.open(PAGES);
  for (const [address, answer] of answers) await cache.put(address, unredirected(answer));
}

/** Let go what a worker before this one had. */
export async function dropOthers(settings: Settings = scope.CARREAU): Promise<void> {
  const wanted = new Set([...Object.values(settings.offline).map((each) => each.page), ...settings.files]);
  const cache = await caches.open(PAGES);
  for (const request of await cache.keys()) {
    if (!wanted.has(new URL(request.url).pathname)) await cache.delete(request);
  }
}

/** Return the page in the language of an address, or of the browser. */
export async function offlinePage(path: string, settings: Settings = scope.CARREAU): Promise<Response | undefined> {
  const wanted = [path.split("/")[1] ?? "", ...navigator.languages.map((each) => each.slice(0, 2))];
  const pages = settings.offline;
  const lang = wanted.find((each) => pages[each]) ?? Object.keys(pages)[0];
  const page = lang && pages[lang];
  return page ? keptForPages(page.page) : undefined;
}

/** Return what these pages need. */
export async function keptForPages(address: string): Promise<Response | undefined> {
  return (await caches.open(PAGES)).match(address);
}

/** A static host leads from "/fr/x" to "/fr/x/": browsers take no answer to a page that came by such a way. */
function unredirected(answer: Response): Response {
  return answer.redirected ? new Response(answer.body, { headers: answer.headers }) : answer;
}
