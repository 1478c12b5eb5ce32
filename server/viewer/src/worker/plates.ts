// Lead on from a plate of a stop where there is no network, as the host does where there is one.
import type { Held } from "../offline/pack_store";

const PLATE = /^\/q\/([^/]+)\/(\d+)$/;

/** Return the way to the stop in a pack of its route, in the first of the visitor's languages that is here. */
export function ledOn(pathname: string, packs: readonly Held[], languages = navigator.languages): Response | undefined {
  const [, route, number] = PLATE.exec(pathname) ?? [];
  const there = packs.filter((held) => held.pack.route === route);
  const wanted = languages.map((each) => each.toLowerCase().split("-")[0]);
  const liked = wanted.map((lang) => there.find((held) => held.pack.lang === lang)).find((held) => held);
  const held = liked ?? there[0];
  return held && Response.redirect(new URL(`${held.page}#stop=${number}`, location.href), 303);
}
