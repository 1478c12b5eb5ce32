// Packs on a page: the panel of a route or trail, and the list of the packs on the device.
import { h } from "../dom";
import { Words } from "../words";
import type { PackRoute } from "./offers";
import { completePacks, totalBytes } from "./pack_store";
import { Panel } from "./panel";

export async function listPacks(root: HTMLElement, words: Words): Promise<void> {
  const packs = await completePacks();
  const rows = packs.map(({ name, page, pack, taken }) => {
    const date = new Date(taken).toLocaleDateString(words.lang, { dateStyle: "long" });
    const more = `${words.size(totalBytes(pack.files).stored)}, ${date}`;
    const lang = pack.lang === words.lang ? {} : { lang: pack.lang, hreflang: pack.lang };
    return h("li", {}, h("a", { href: page, ...lang }, name), " ", h("span", { class: "of" }, more));
  });
  root.replaceChildren(h("h2", {}, words.t("here")), rows.length ? h("ul", {}, ...rows) : h("p", {}, words.t("none")));
  root.hidden = false;
}

const panel = document.querySelector<HTMLElement>("[data-pack-panel]");
const list = document.querySelector<HTMLElement>("[data-pack-list]");

async function fetchWords(root: HTMLElement): Promise<Words> {
  const response = await fetch(root.dataset.words ?? "");
  if (!response.ok) throw new Error(`${root.dataset.words}: ${response.status}`);
  const words = (await response.json()) as Record<string, string>;
  const start = { lang: document.documentElement.lang, words: { ...words, ...wordsOfKind(words, root.dataset.kind ?? "") } };
  return new Words({ ...start, library: "", basis: "", draco: "" });
}

/** Return the texts that are said of a kind only, such as `trail_title`, by the names of those that they replace. */
function wordsOfKind(words: Readonly<Record<string, string>>, kind: string): Record<string, string> {
  const prefix = `${kind}_`;
  return kind ? Object.fromEntries(Object.entries(words).flatMap(([name, text]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), text]] : []))) : {};
}

async function openPanel(root: HTMLElement): Promise<void> {
  const words = await fetchWords(root);
  if (!("serviceWorker" in navigator) || !("caches" in globalThis) || !("locks" in navigator)) {
    root.textContent = words.t("not_here");
    root.hidden = false;
    return;
  }
  const links = [...document.querySelectorAll<HTMLAnchorElement>("a[data-pack]")];
  const packs = Object.fromEntries(links.map((link) => [link.dataset.pack ?? "", link.pathname]));
  const { slug = "", name = "" } = root.dataset;
  const route: PackRoute = { slug, lang: document.documentElement.lang, name, page: root.dataset.page ?? "", packs };
  for (const link of links) (link.closest("li") ?? link).hidden = true;
  await new Panel(root, route, words).open();
}

// After a failure the page stays as it is without a script, with its lists of files.
if (panel) void openPanel(panel).catch((failure: unknown) => console.warn(failure));
if (list) void fetchWords(list).then((words) => listPacks(list, words)).catch((failure: unknown) => console.warn(failure));
