// Sort the list of places by how far they are from the visitor, and put it back in its order.
import { h } from "../dom";
import { distance, type Point, pointOf } from "../geo/sphere";
import type { PlaceWords } from "./place_words";
import { askOnce, type Fix, follow, type Trouble } from "./position";
import { Visitor } from "./visitor";

const FAR_M = 50_000;

interface Card {
  row: HTMLElement;
  name: string;
  at: Point | undefined;
  said: HTMLElement;
  parent: ParentNode;
  order: number;
}

export function offerNear(panel: HTMLElement, words: PlaceWords): void {
  const start = panel.querySelector<HTMLButtonElement>("[data-start]")!;
  const end = panel.querySelector<HTMLButtonElement>("[data-end]")!;
  const following = panel.querySelector<HTMLInputElement>("[data-follow]")!;
  const status = panel.querySelector<HTMLElement>("[role=status]")!;
  const list = document.getElementById("near-list")!;
  const section = list.parentElement!;
  const visitor = new Visitor();
  let cards: Card[] = [];
  let told = "";
  let asked = 0;
  let stop: (() => void) | undefined;

  function found(fix: Fix): void {
    const isFirst = !cards.length;
    if (isFirst) cards = take();
    for (const card of cards) card.said.textContent = card.at ? words.away(fix, card.at) : words.say("no_place");
    const far = (card: Card): number => (card.at ? distance(fix, card.at) : Number.POSITIVE_INFINITY);
    cards.sort((one, other) => far(one) - far(other));
    section.hidden = false;
    // Whoever reads in the list keeps it as it is.
    if (isFirst || !list.contains(document.activeElement)) list.append(...cards.map((card) => card.row));
    settle(true);
    say(fix, cards[0], visitor.show(fix));
  }

  function say(fix: Fix, nearest: Card | undefined, isOnMap: boolean): void {
    if (!nearest?.at) return;
    const isFar = distance(fix, nearest.at) > FAR_M;
    const values = { name: nearest.name, away: words.away(fix, nearest.at), accuracy: words.metres(fix.accuracy) };
    const parts = [words.say(isFar ? "far" : "sorted", values)];
    if (!isFar) parts.push(words.say("accuracy", values));
    if (!isFar && !isOnMap) parts.push(words.say("off_map"));
    // Of every step only what changes for the visitor is read out.
    const news = `${isFar} ${nearest.name}`;
    status.setAttribute("aria-live", news === told ? "off" : "polite");
    told = news;
    status.textContent = parts.join(" ");
  }

  function failed(trouble: Trouble): void {
    // Who walks on hears of a gap, and keeps the list.
    if (!cards.length) settle(false);
    status.setAttribute("aria-live", "polite");
    status.textContent = words.say(trouble);
    told = "";
  }

  function ask(): void {
    stop?.();
    const mine = ++asked;
    // What was asked before the visitor ended it is not listened to.
    const heard = (fix: Fix): void => void (mine === asked && found(fix));
    const missed = (trouble: Trouble): void => void (mine === asked && failed(trouble));
    if (following.checked) stop = follow(heard, missed);
    else askOnce(heard, missed);
  }

  function settle(isOn: boolean): void {
    const had = document.activeElement;
    start.textContent = words.say(isOn ? "again" : "near_me");
    end.hidden = !isOn;
    if (had === end && !isOn) start.focus();
  }

  start.addEventListener("click", () => {
    status.textContent = words.say("asking");
    ask();
  });
  following.addEventListener("change", () => {
    if (cards.length) ask();
  });
  end.addEventListener("click", finish);
  // Whoever follows a link to a commune wants to see it.
  addEventListener("hashchange", () => {
    if (!cards.length || !location.hash.startsWith("#commune-")) return;
    finish();
    document.getElementById(location.hash.slice(1))?.scrollIntoView();
  });
  panel.hidden = false;

  function finish(): void {
    stop?.();
    stop = undefined;
    asked += 1;
    for (const card of give(cards)) card.said.remove();
    cards = [];
    told = "";
    section.hidden = true;
    visitor.hide();
    settle(false);
    status.textContent = words.say("ended");
    document.getElementById("filters")?.dispatchEvent(new Event("change"));
  }

  function take(): Card[] {
    const rows = [...document.querySelectorAll<HTMLElement>("#places-list .card[data-slug]")];
    const taken = rows.map((row, order) => {
      const said = h("p", { class: "away" });
      const name = row.querySelector("a")?.textContent ?? "";
      row.querySelector(".of")?.after(said);
      return { row, name, at: pointOf(row.dataset["at"]), said, parent: row.parentNode!, order };
    });
    for (const each of document.querySelectorAll<HTMLElement>("[data-by-commune], .group")) each.hidden = true;
    return taken;
  }

  /** Put the cards back where they were: all of each list are taken, so that their order is enough. */
  function give(taken: Card[]): Card[] {
    const sorted = [...taken].sort((one, other) => one.order - other.order);
    for (const card of sorted) card.parent.append(card.row);
    for (const each of document.querySelectorAll<HTMLElement>("[data-by-commune], .group")) each.hidden = false;
    return sorted;
  }
}
