// Redirect from the address of a plate to the page in the visitor's language, on a host that does not negotiate it.

/** Return the first requested language that is available, without its region; undefined if there is none. */
export function preferredLanguage(requested: readonly string[], available: readonly string[]): string | undefined {
  const parts = requested.map((each) => each.toLowerCase().split("-")[0] ?? "");
  return parts.find((each) => available.includes(each));
}

export function redirectToLanguage(list: HTMLElement): void {
  const links = [...list.querySelectorAll<HTMLAnchorElement>("a[hreflang]")];
  const language = preferredLanguage(navigator.languages, links.map((each) => each.hreflang));
  const link = links.find((each) => each.hreflang === language);
  if (link) location.replace(link.href);
}
