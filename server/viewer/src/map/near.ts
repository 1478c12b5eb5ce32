// Sort the list of places by distance from the visitor, and restore its order.
import { h } from "../dom";
import { distance, parsePoint, type Point } from "../geo/sphere";
import type { PlaceWords } from "./place_words";
import { type Fix, type PositionProblem, readPosition, watchPosition } from "./position";
import { Visitor } from "./visitor";

const FAR_M = 50_000;

interface Card {
  row: HTMLElement;
  name: string;
  at: Point | undefined;
  label: HTMLElement;
  parent: ParentNode;
  order: number;
}

export function setUpNear(panel: HTMLElement, words: PlaceWords): void {
  const start = panel.querySelector<HTMLButtonElement>("[data-start]")!;
  const end = panel.querySelector<HTMLButtonElement>("[data-end]")!;
  const followBox = panel.querySelector<HTMLInputElement>("[data-follow]")!;
  const status = panel.querySelector<HTMLElement>("[role=status]")!;
  const list = document.getElementById("near-list")!;
  const section = list.parentElement!;
  const visitor = new Visitor();
  let cards: Card[] = [];
  let announced = "";
  let requests = 0;
  let stop: (() => void) | undefined;

  function onPosition(fix: Fix): void {
    const isFirst = !cards.length;
    if (isFirst) cards = takeCards();
    for (const card of cards) card.label.textContent = card.at ? words.away(fix, card.at) : words.t("no_place");
    const distanceOf = (card: Card): number => (card.at ? distance(fix, card.at) : Number.POSITIVE_INFINITY);
    cards.sort((one, other) => distanceOf(one) - distanceOf(other));
    section.hidden = false;
    // Do not reorder the list while the focus is in it.
    if (isFirst || !list.contains(document.activeElement)) list.append(...cards.map((card) => card.row));
    showState(true);
    announce(fix, cards[0], visitor.show(fix));
  }

  function announce(fix: Fix, nearest: Card | undefined, isOnMap: boolean): void {
    if (!nearest?.at) return;
    const isFar = distance(fix, nearest.at) > FAR_M;
    const values = { name: nearest.name, away: words.away(fix, nearest.at), accuracy: words.metres(fix.accuracy) };
    const parts = [words.t(isFar ? "far" : "sorted", values)];
    if (!isFar) parts.push(words.t("accuracy", values));
    if (!isFar && !isOnMap) parts.push(words.t("off_map"));
    // Announce only the changes that matter to the visitor.
    const summary = `${isFar} ${nearest.name}`;
    status.setAttribute("aria-live", summary === announced ? "off" : "polite");
    announced = summary;
    status.textContent = parts.join(" ");
  }

  function onProblem(problem: PositionProblem): void {
    // While following, a gap is announced, and the list stays.
    if (!cards.length) showState(false);
    status.setAttribute("aria-live", "polite");
    status.textContent = words.t(problem);
    announced = "";
  }

  function requestPosition(): void {
    stop?.();
    const request = ++requests;
    // Ignore answers to requests from before the end.
    const onFix = (fix: Fix): void => void (request === requests && onPosition(fix));
    const onFailure = (problem: PositionProblem): void => void (request === requests && onProblem(problem));
    if (followBox.checked) stop = watchPosition(onFix, onFailure);
    else readPosition(onFix, onFailure);
  }

  function showState(isOn: boolean): void {
    const focused = document.activeElement;
    start.textContent = words.t(isOn ? "again" : "near_me");
    end.hidden = !isOn;
    if (focused === end && !isOn) start.focus();
  }

  start.addEventListener("click", () => {
    status.textContent = words.t("asking");
    requestPosition();
  });
  followBox.addEventListener("change", () => {
    if (cards.length) requestPosition();
  });
  end.addEventListener("click", finish);
  // A link to a commune needs the list in its usual order.
  addEventListener("hashchange", () => {
    if (!cards.length || !location.hash.startsWith("#commune-")) return;
    finish();
    document.getElementById(location.hash.slice(1))?.scrollIntoView();
  });
  panel.hidden = false;
  // Who comes by a link that says "Near me" has asked already.
  const onNearMe = (): void => {
    if (location.hash === "#near-me" && !cards.length) start.click();
  };
  addEventListener("hashchange", onNearMe);
  onNearMe();

  function finish(): void {
    stop?.();
    stop = undefined;
    requests += 1;
    for (const card of restoreCards(cards)) card.label.remove();
    cards = [];
    announced = "";
    section.hidden = true;
    visitor.hide();
    showState(false);
    status.textContent = words.t("ended");
    document.getElementById("filters")?.dispatchEvent(new Event("change"));
  }

  function takeCards(): Card[] {
    const rows = [...document.querySelectorAll<HTMLElement>("#places-list .card[data-slug]")];
    const cards = rows.map((row, order) => {
      const label = h("p", { class: "map-away" });
      const name = row.querySelector("a")?.textContent ?? "";
      row.querySelector(".of")?.after(label);
      return { row, name, at: parsePoint(row.dataset["at"]), label, parent: row.parentNode!, order };
    });
    for (const each of document.querySelectorAll<HTMLElement>("[data-by-commune], .list-group")) each.hidden = true;
    return cards;
  }

  /** Restore the cards. All cards of each list were taken, so their order is sufficient. */
  function restoreCards(cards: Card[]): Card[] {
    const sorted = [...cards].sort((one, other) => one.order - other.order);
    for (const card of sorted) card.parent.append(card.row);
    for (const each of document.querySelectorAll<HTMLElement>("[data-by-commune], .list-group")) each.hidden = false;
    return sorted;
  }
}
