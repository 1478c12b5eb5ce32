// Name the packs that are on the device, where a page has none of its own to show.
import { h } from "../dom";
import { sizes } from "./pack_difference";
import { packsHere } from "./pack_store";
import type { Words } from "../words";

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
