// Detect the arrival at the places of chapters, if the visitor asks for it. Nothing depends on it: "I am here" always works.
import { ArrivalDetector } from "../map/arrival";
import type { PlaceWords } from "../map/place_words";
import type { Fix } from "../map/position";
import { PositionSwitch } from "../map/position_switch";
import { setQuietly } from "../map/quiet_change";
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
  #detector: ArrivalDetector<Chapter>;
  #last: Fix | undefined;
  #isLost = true;

  /** panel : as `PositionSwitch` wants it, with a line `data-where` */
  constructor(panel: HTMLElement, chapters: readonly Chapter[], host: ArrivalHost) {
    this.#chapters = chapters;
    this.#detector = this.#newDetector();
    this.#host = host;
    this.#where = panel.querySelector<HTMLElement>("[data-where]")!;
    const { words } = host;
    this.#switch = new PositionSwitch(panel, words, {
      onStart: () => {
        this.#detector = this.#newDetector();
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

  #newDetector(): ArrivalDetector<Chapter> {
    return new ArrivalDetector(this.#chapters, (point, site) => this.#visitor.isWithin(point, site));
  }

  /** Tell without words that the visitor has arrived. */
  signal(): void {
    this.#switch.signal();
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
    setQuietly(this.#where, parts.join(" "));
  }

  #onFix(fix: Fix): void {
    this.#last = fix;
    this.#visitor.show(fix);
    if (this.#isLost) this.#host.announce(this.#host.words.t("watching"));
    this.#isLost = false;
    this.render();
    const reached = this.#detector.update(fix);
    if (!reached?.at) return;
    // Of several chapters that are told at one place, the open one is meant.
    const { lon, lat } = reached.at;
    const open = this.#host.current();
    this.#host.onArrival(open.at?.lon === lon && open.at.lat === lat ? open : reached);
  }
}
