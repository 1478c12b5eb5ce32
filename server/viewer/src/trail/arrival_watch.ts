// Detect the arrival at the places of chapters, if the visitor asks for it. Nothing depends on it: "I am here" always works.
import { distance } from "../geo/sphere";
import { Arrivals } from "../map/arrival";
import type { PlaceWords } from "../map/place_words";
import type { Fix } from "../map/position";
import { PositionSwitch } from "../map/position_switch";
import { SteadyPosition, steadyReach } from "../map/steady_position";
import { Visitor } from "../map/visitor";
import type { Chapter } from "./chapters";

export interface ArrivalHost {
  readonly words: PlaceWords;
  /** The chapter that is open. */
  current(): Chapter;
  announce(text: string): void;
  /** The visitor has come to the place of a chapter. */
  onArrival(chapter: Chapter): void;
}

export class ArrivalWatch {
  readonly #chapters: readonly Chapter[];
  readonly #host: ArrivalHost;
  readonly #where: HTMLElement;
  readonly #visitor = new Visitor();
  readonly #switch: PositionSwitch;
  #arrivals = new Arrivals(steadyReach);
  #steady = new SteadyPosition();
  #last: Fix | undefined;
  #isLost = true;

  /** panel : as `PositionSwitch` wants it, with a line `data-where` */
  constructor(panel: HTMLElement, chapters: readonly Chapter[], host: ArrivalHost) {
    this.#chapters = chapters.filter((each) => each.at);
    this.#host = host;
    this.#where = panel.querySelector<HTMLElement>("[data-where]")!;
    const { words } = host;
    this.#switch = new PositionSwitch(panel, words, {
      onStart: () => {
        this.#arrivals = new Arrivals(steadyReach);
        this.#steady = new SteadyPosition();
        this.#isLost = true;
        host.announce(words.t("asking"));
      },
      onFix: (fix) => this.#onFix(fix),
      onProblem: (problem) => {
        this.#isLost = true;
        host.announce(words.t(problem));
      },
      onEnd: (isByVisitor) => {
        this.#last = undefined;
        this.#visitor.hide();
        this.render();
        if (isByVisitor) host.announce(words.t("stopped"));
      },
    });
  }

  stop(): void {
    if (this.#last) this.#switch.stop();
  }

  /** Show how far the place of the open chapter is. */
  render(): void {
    const { words } = this.#host;
    const fix = this.#last;
    const next = this.#host.current();
    const parts = fix ? [words.t("accuracy", { accuracy: words.metres(fix.accuracy) })] : [];
    if (fix && next.at) parts.push(words.t("place_away", { number: next.number, away: words.away(fix, next.at) }));
    this.#where.textContent = parts.join(" ");
  }

  #onFix(fix: Fix): void {
    this.#last = fix;
    this.#visitor.show(fix);
    if (this.#isLost) this.#host.announce(this.#host.words.t("watching"));
    this.#isLost = false;
    this.render();
    const steady = this.#steady.update(fix);
    if (!steady) return;
    const distances = this.#chapters.map(({ number, at, site }) => {
      return { stop: number, distance: distance(steady, at!), isWithin: this.#visitor.isWithin(steady, site) };
    });
    const reached = this.#arrivals.update(steady.accuracy, distances);
    const chapter = this.#chapters.find(({ number }) => number === reached);
    if (chapter) this.#host.onArrival(chapter);
  }
}
