// Detect arrivals at the stops of a route: by position, by a scanned plate, or by hand.
//
// A position never scrolls the page: what was reached is told on a card, which leads there if the visitor wants it.
import { h } from "../dom";
import { parsePoint, type Point } from "../geo/sphere";
import { ArrivalDetector } from "./arrival";
import { ArrivalCard } from "./arrival_card";
import type { PlaceWords } from "./place_words";
import type { Fix, PositionProblem } from "./position";
import { PositionSwitch } from "./position_switch";
import { WalkProgress } from "./progress";
import { changeQuietly, setQuietly } from "./quiet_change";
import { Visitor } from "./visitor";

interface Stop {
  number: number;
  name: string;
  row: HTMLElement;
  at: Point | undefined;
  site: string;
  button: HTMLButtonElement;
  label: HTMLElement;
}

export function setUpWalk(panel: HTMLElement, words: PlaceWords): void {
  const forget = panel.querySelector<HTMLButtonElement>("[data-forget]")!;
  const count = panel.querySelector<HTMLElement>("[data-count]")!;
  const where = panel.querySelector<HTMLElement>("[data-where]")!;
  const news = panel.querySelector<HTMLElement>("[data-news]")!;
  const said = panel.querySelector<HTMLElement>("[role=status]")!;
  const progress = new WalkProgress(panel.dataset["walk"] ?? "");
  const visitor = new Visitor();
  const card = new ArrivalCard(words.t("close_card"));
  const stops = [...document.querySelectorAll<HTMLElement>("[data-stop]")].map(stopOf);
  let detector = newDetector();
  let last: Fix | undefined;
  /** Whether the next position is to be announced. */
  let isLost = true;

  function newDetector(): ArrivalDetector<Stop> {
    return new ArrivalDetector(stops, (point, site) => visitor.isWithin(point, site));
  }

  function stopOf(row: HTMLElement): Stop {
    const number = Number(row.dataset["stop"]);
    const name = row.querySelector("h3")?.textContent?.trim() ?? "";
    const label = h("span", { class: "map-away" });
    // The description tells screen reader users which stop the button is for.
    const button = h("button", { type: "button", class: "route-here", "aria-describedby": `stop-${number}` }, words.t("here"));
    button.addEventListener("click", () => arrive(number, "hand"));
    row.append(h("p", { class: "buttons screen" }, button, label));
    return { number, name, row, at: parsePoint(row.dataset["at"]), site: row.dataset["of"] ?? "", button, label };
  }

  /** Return the stop to go to next, in the direction in which the visitor goes; one that was skipped is not suggested again. */
  function nextStop(): Stop | undefined {
    const visits = [...progress.reached];
    const steps = visits.slice(1).map((number, at) => Math.sign(number - visits[at]!));
    const isBackwards = steps.reduce((sum, step) => sum + step, 0) < 0;
    const open = stops.filter((each) => !progress.reached.has(each.number));
    const from = isBackwards ? visits.at(-1)! : Math.max(...visits);
    const ahead = isBackwards ? open.findLast((each) => each.number < from) : open.find((each) => each.number > from);
    return ahead ?? open[0];
  }

  function render(): void {
    const next = nextStop();
    for (const stop of stops) {
      const isReached = progress.reached.has(stop.number);
      stop.row.classList.toggle("reached", isReached);
      if (stop === next && progress.reached.size) stop.row.setAttribute("aria-current", "step");
      else stop.row.removeAttribute("aria-current");
      setQuietly(stop.button, words.t(isReached ? "reached" : "here"));
      setQuietly(stop.label, last && stop.at ? words.away(last, stop.at) : "");
    }
    setQuietly(count, progress.reached.size ? words.t("count", { done: progress.reached.size, all: stops.length }) : "");
    changeQuietly(forget, () => (forget.hidden = !progress.reached.size));
    setQuietly(where, last ? describePosition(last) : "");
  }

  function describePosition(fix: Fix): string {
    const next = nextStop();
    const label = words.t("accuracy", { accuracy: words.metres(fix.accuracy) });
    return next ? `${label} ${describeNext(next)}` : label;
  }

  /** Say something to screen readers, and show it; what changes at every step is shown only, by `where`. */
  function announce(text: string, shown = text): void {
    said.textContent = text;
    setQuietly(news, shown);
  }

  function describeNext(next: Stop): string {
    const values = { number: next.number, name: next.name };
    return last && next.at ? words.t("next_away", { ...values, away: words.away(last, next.at) }) : words.t("next", values);
  }

  function arrive(number: number, by: "position" | "plate" | "hand"): void {
    const stop = stops.find((each) => each.number === number);
    const isNew = !progress.reached.has(number);
    // A position that comes back to a stop says nothing twice.
    if (!stop || (by === "position" && !isNew)) return;
    progress.add(number);
    const next = nextStop();
    const arrived = words.t("arrived", { number, name: stop.name });
    const onwards = next ? describeNext(next) : words.t("all_reached");
    // The distance to the next stop is out of date with the next step: `where` has it from then on.
    announce(`${arrived} ${onwards}`, last && next ? arrived : `${arrived} ${onwards}`);
    render();
    if (by === "hand") return;
    if (isNew) position.signal();
    for (const each of stops) each.row.classList.toggle("just", each === stop);
    if (by === "position") showCard(stop, arrived, onwards);
    else goTo(stop);
  }

  function showCard(stop: Stop, title: string, onwards: string): void {
    const text = stop.row.querySelector("h3 ~ p:not(.of, .screen)")?.textContent?.trim() ?? "";
    card.show({ title, texts: [text, onwards].filter(Boolean), label: words.t("open_stop"), go: () => goTo(stop) });
  }

  function goTo(stop: Stop): void {
    stop.row.scrollIntoView({ block: "start" });
    stop.row.querySelector<HTMLElement>("h3")?.focus({ preventScroll: true });
  }

  function onFix(fix: Fix): void {
    const wasLost = isLost;
    isLost = false;
    last = fix;
    visitor.show(fix);
    const reached = detector.update(fix);
    if (wasLost) announce(describePosition(fix), "");
    render();
    if (reached) arrive(reached.number, "position");
  }

  function onProblem(problem: PositionProblem): void {
    isLost = true;
    announce(words.t(problem));
  }

  function onStart(): void {
    detector = newDetector();
    isLost = true;
    announce(words.t("asking"));
  }

  function onEnd(isByVisitor: boolean): void {
    last = undefined;
    visitor.hide();
    card.hide();
    render();
    if (isByVisitor) announce(words.t("stopped"));
  }

  const position = new PositionSwitch(panel, words, { onStart, onFix, onProblem, onEnd });
  forget.addEventListener("click", () => {
    progress.forget();
    detector = newDetector();
    card.hide();
    announce(words.t("forgotten"));
    render();
    for (const each of stops) each.row.classList.remove("just");
    position.focus();
  });
  addEventListener("hashchange", readPlate);
  panel.hidden = false;
  render();
  readPlate();

  /** Handle the address of a plate, `#stop=3`, and replace it with a plain one that can be shared. */
  function readPlate(): void {
    const number = Number(/^#stop=(\d+)$/.exec(location.hash)?.[1]);
    if (!number) return;
    history.replaceState(null, "", `#stop-${number}`);
    arrive(number, "plate");
  }
}
