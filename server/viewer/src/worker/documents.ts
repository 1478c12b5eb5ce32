// Find what packs hold for an address that no file of theirs has.
import type { Level, Link, Medium, Picture, Site } from "../schema";

/** Return the addresses that show the same as one: other sizes and forms of a picture or sound, the nearest first. */
export function likenesses(address: string, site: Pick<Site, "media" | "states">): string[] {
  const sets: readonly (readonly Link[])[] = [
    ...(site.media ?? []).map((medium: Medium) => medium.variants ?? []),
    ...(site.states ?? []).map((state) => (state.poster ?? []) as readonly Picture[]),
  ];
  const found = sets.find((links) => links.some((link) => link.url === address)) ?? [];
  const type = found.find((link) => link.url === address)?.media_type;
  const others = found.filter((link) => link.url !== address);
  return [...others].sort((one, other) => Number(other.media_type === type) - Number(one.media_type === type)).map((link) => link.url);
}

/** Return a site's document with those levels alone that are here, so that the viewer asks for no other. */
export function withLevelsHere(site: Site, isHere: (level: Level) => boolean): Site {
  return { ...site, states: site.states.map((state) => ({ ...state, levels: state.levels.filter(isHere) })) };
}

/** Return a page whose list of all places leads only to pages that are here; the others are named there, and lead nowhere. */
export function withListHere(page: string, isHere: (address: string) => boolean): string {
  const away = '<a class="of" role="link" aria-disabled="true"';
  return page.replace(/<ul [^>]*\bid="index"[^]*?<\/ul>/, (list) =>
    list.replace(/<a href="([^"]*)"/g, (link: string, address: string) => (isHere(address) ? link : away)),
  );
}
