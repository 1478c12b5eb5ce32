// Packs on a page: the panel of a route, and the list of what is on the device.
import { h } from "../dom";
import { Words } from "../words";
import type { Route } from "./offers";
import { packsHere, sizes } from "./pack_store";
import { Panel } from "./panel";

// Name the packs that are on the device, where a page has none of its own to show.

export async function listHeld(root: HTMLElement, words: Words): Promise<void> {
  const packs = await packsHere();
  const rows = packs.map(({ name, page, pack, taken }) => {
    const date = new Date(taken).toLocaleDateString(words.lang, { dateStyle: "long" });
    const more = `${words.size(sizes(pack.files).stored)}, ${date}`;
    const lang = pack.lang === words.lang ? {} : { lang: pack.lang, hreflang: pack.lang };
    return h("li", {}, h("a", { href: page, ...lang }, name), " ", h("span", { class: "of" }, more));
  });
  root.replaceChildren(h("h2", {}, words.say("here")), rows.length ? h("ul", {}, ...rows) : h("p", {}, words.say("none")));
  root.hidden = false;
}

const panel = document.querySelector<HTMLElement>("[data-pack-panel]");
const list = document.querySelector<HTMLElement>("[data-pack-list]");

async function wordsOf(root: HTMLElement): Promise<Words> {
  const answer = await fetch(root.dataset.words ?? "");
  if (!answer.ok) throw new Error(`${root.dataset.words}: ${answer.status}`);
  const told = { lang: document.documentElement.lang, words: (await answer.json()) as Record<string, string> };
  return new Words({ ...told, library: "", basis: "", draco: "", meshopt: "" });
}

async function openPanel(root: HTMLElement): Promise<void> {
  const words = await wordsOf(root);
  if (!("serviceWorker" in navigator) || !("caches" in globalThis) || !("locks" in navigator)) {
    root.textContent = words.say("not_here");
    root.hidden = false;
    return;
  }
  const links = [...document.querySelectorAll<HTMLAnchorElement>("a[data-pack]")];
  const packs = Object.fromEntries(links.map((link) => [link.dataset.pack ?? "", link.pathname]));
  const { slug = "", name = "" } = root.dataset;
  const route: Route = { slug, lang: document.documentElement.lang, name, page: root.dataset.page ?? "", packs };
  for (const link of links) (link.closest("li") ?? link).hidden = true;
  await new Panel(root, route, words).open();
}

// A failure leaves the page as it is without a script: with the lists of files.
if (panel) void openPanel(panel).catch((failure: unknown) => console.warn(failure));
if (list) void wordsOf(list).then((words) => listHeld(list, words)).catch((failure: unknown) => console.warn(failure));
