// Lead on from the address of a plate to the page in the visitor's language, on a host that cannot choose by itself.

/** Return the first of the wanted languages that there is, by its first part; undefined where there is none. */
export function chosen(wanted: readonly string[], there: readonly string[]): string | undefined {
  const parts = wanted.map((each) => each.toLowerCase().split("-")[0] ?? "");
  return parts.find((each) => there.includes(each));
}

export function leadOn(list: HTMLElement): void {
  const links = [...list.querySelectorAll<HTMLAnchorElement>("a[hreflang]")];
  const language = chosen(navigator.languages, links.map((each) => each.hreflang));
  const link = links.find((each) => each.hreflang === language);
  if (link) location.replace(link.href);
}
