// Detect arrivals at the stops of a route: by position, by a scanned plate, or by hand.
import { h } from "../dom";
import { distance, parsePoint, type Point } from "../geo/sphere";
import { Arrivals } from "./arrival";
import type { PlaceWords } from "./place_words";
import type { Fix, PositionProblem } from "./position";
import { PositionSwitch } from "./position_switch";
import { WalkProgress } from "./progress";
import { Visitor } from "./visitor";

interface Stop {
  number: number;
  name: string;
  row: HTMLElement;
  at: Point | undefined;
  slug: string;
  button: HTMLButtonElement;
  label: HTMLElement;
}

export function setUpWalk(panel: HTMLElement, words: PlaceWords): void {
  const forget = panel.querySelector<HTMLButtonElement>("[data-forget]")!;
  const count = panel.querySelector<HTMLElement>("[data-count]")!;
  const where = panel.querySelector<HTMLElement>("[data-where]")!;
  const news = panel.querySelector<HTMLElement>("[role=status]")!;
  const progress = new WalkProgress(panel.dataset["walk"] ?? "");
  const visitor = new Visitor();
  const stops = [...document.querySelectorAll<HTMLElement>("[data-stop]")].map(stopOf);
  let arrivals = new Arrivals();
  let last: Fix | undefined;
  /** Whether the next position is to be announced. */
  let isLost = true;
  /** Text that replaces the announcement at the next position, without being read aloud; `where` shows the rest from then on. */
  let silentNews: string | undefined;

  function stopOf(row: HTMLElement): Stop {
    const number = Number(row.dataset["stop"]);
    const name = row.querySelector("h3")?.textContent?.trim() ?? "";
    const label = h("span", { class: "map-away" });
    // The description tells screen reader users which stop the button is for.
    const button = h("button", { type: "button", class: "route-here", "aria-describedby": `stop-${number}` }, words.t("here"));
    button.addEventListener("click", () => arrive(number, "hand"));
    row.append(h("p", { class: "buttons screen" }, button, label));
    return { number, name, row, at: parsePoint(row.dataset["at"]), slug: row.dataset["of"] ?? "", button, label };
  }

  /** Return the first unreached stop after the last reached one, so that a skipped stop is not suggested again. */
  function nextStop(): Stop | undefined {
    const furthest = stops.findLastIndex((each) => progress.reached.has(each.number));
    return stops.slice(furthest + 1)[0] ?? stops.find((each) => !progress.reached.has(each.number));
  }

  function render(): void {
    const next = nextStop();
    for (const stop of stops) {
      const isReached = progress.reached.has(stop.number);
      stop.row.classList.toggle("reached", isReached);
      if (stop === next && progress.reached.size) stop.row.setAttribute("aria-current", "step");
      else stop.row.removeAttribute("aria-current");
      stop.button.textContent = words.t(isReached ? "reached" : "here");
      stop.label.textContent = last && stop.at ? words.away(last, stop.at) : "";
    }
    count.textContent = progress.reached.size ? words.t("count", { done: progress.reached.size, all: stops.length }) : "";
    forget.hidden = !progress.reached.size;
    where.textContent = last && silentNews === undefined ? describePosition(last) : "";
  }

  function describePosition(fix: Fix): string {
    const next = nextStop();
    const label = words.t("accuracy", { accuracy: words.metres(fix.accuracy) });
    return next ? `${label} ${describeNext(next)}` : label;
  }

  function announce(text: string, silent?: string): void {
    silentNews = silent;
    news.setAttribute("aria-live", "polite");
    news.textContent = text;
  }

  /** Replace the announcement silently; `where` shows what changes at every step. */
  function settleNews(): void {
    if (silentNews === undefined) return;
    news.setAttribute("aria-live", "off");
    news.textContent = silentNews;
    silentNews = undefined;
  }

  function describeNext(next: Stop): string {
    const values = { number: next.number, name: next.name };
    return last && next.at ? words.t("next_away", { ...values, away: words.away(last, next.at) }) : words.t("next", values);
  }

  function arrive(number: number, by: "position" | "plate" | "hand"): void {
    const stop = stops.find((each) => each.number === number);
    if (!stop) return;
    const isNew = !progress.reached.has(number);
    progress.add(number);
    arrivals.add(number);
    const next = nextStop();
    const arrived = words.t("arrived", { number, name: stop.name });
    if (next) announce(`${arrived} ${describeNext(next)}`, arrived);
    else announce(`${arrived} ${words.t("all_reached")}`);
    render();
    if (by !== "hand" && isNew) navigator.vibrate?.([200, 100, 200]);
    if (by === "hand") return;
    for (const each of stops) each.row.classList.toggle("just", each === stop);
    stop.row.scrollIntoView({ block: "start" });
    if (by === "plate") stop.row.querySelector<HTMLElement>("h3")?.focus({ preventScroll: true });
  }

  function onFix(fix: Fix): void {
    const wasLost = isLost;
    isLost = false;
    last = fix;
    visitor.show(fix);
    settleNews();
    const distances = stops.flatMap(({ number, at, slug }) =>
      at ? [{ stop: number, distance: distance(fix, at), isWithin: visitor.isWithin(fix, slug) }] : [],
    );
    const reached = arrivals.update(fix.accuracy, distances);
    if (reached !== undefined) return arrive(reached, "position");
    if (wasLost) announce(describePosition(fix), "");
    render();
  }

  function onProblem(problem: PositionProblem): void {
    isLost = true;
    announce(words.t(problem));
  }

  function onStart(): void {
    arrivals = new Arrivals();
    isLost = true;
    announce(words.t("asking"));
  }

  function onEnd(isByVisitor: boolean): void {
    last = undefined;
    visitor.hide();
    render();
    if (isByVisitor) announce(words.t("stopped"));
  }

  const position = new PositionSwitch(panel, words, { onStart, onFix, onProblem, onEnd });
  forget.addEventListener("click", () => {
    progress.forget();
    arrivals = new Arrivals();
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
