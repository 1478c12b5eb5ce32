// A trail one chapter after another, over the page that has them all: position in the story, ways on, back, contents.
import { h } from "../dom";
import { ArrivalCard } from "../map/arrival_card";
import { type PlaceWords, readWords } from "../map/place_words";
import { changeAtOnce, changeQuietly, setQuietly } from "../map/quiet_change";
import { ArrivalWatch } from "./arrival_watch";
import { type Certificate, setUpCertificate } from "./certificate";
import { type Chapter, questionId, readChapters, targetOf } from "./chapters";
import { TrailProgress } from "./trail_progress";
import { Question } from "./question";
import { Sounds } from "./sound";
import { setUpTelling } from "./telling";
import { receiveProgress, setUpTransfer, type TransferHost } from "./transfer";

/** Fragment of a plate: the number of a chapter. */
const PLATE = /^#stop=(\d{1,3})$/;

export class TrailPlayer {
  readonly #panel: HTMLElement;
  readonly #words: PlaceWords;
  readonly #chapters: readonly Chapter[];
  readonly #progress: TrailProgress;
  readonly #sounds: Sounds;
  readonly #arrival: ArrivalWatch | undefined;
  readonly #certificate: Certificate | undefined;
  readonly #questions: readonly Question[];
  readonly #transfer: TransferHost;
  /** Where the visitor came from, by chapter. */
  readonly #cameFrom = new Map<Chapter, Chapter>();
  readonly #card: ArrivalCard;
  #current: Chapter;
  /** A chapter that stays open above the current one, because the visitor is reading or hearing it. */
  #kept: Chapter | undefined;
  #atHome = false;

  /** panel : has `data-trail-player`, the slug; see `trail_player.html` */
  constructor(panel: HTMLElement) {
    this.#panel = panel;
    this.#words = readWords(panel);
    this.#card = new ArrivalCard(this.#words.t("close_card"));
    const { trailPlayer: trail = "", name = "", page = "", viewer = "" } = panel.dataset;
    this.#chapters = readChapters(document);
    this.#progress = new TrailProgress(trail, this.#chapters.map(({ id, questions }) => ({ id, questions: questions.length })));
    this.#current = this.#find(this.#progress.record.at) ?? this.#chapters[0]!;
    this.#transfer = {
      slug: trail, page, words: this.#words, progress: this.#progress,
      announce: (text) => this.#announce(text), onMerged: () => this.#restore(),
    };
    this.#sounds = new Sounds(this.#chapters, {
      trailName: name, progress: this.#progress,
      onHeard: (chapter) => this.#markRead(chapter), step: (chapter, by) => this.#step(chapter, by),
    });
    this.#questions = this.#chapters.flatMap((chapter) => chapter.questions.map((section, index) => {
      const id = questionId(chapter, index);
      return new Question(section, {
        words: this.#words, viewerScript: viewer, state: () => this.#progress.record.answers.get(id),
        save: (state) => this.#progress.answer(id, state),
      });
    }));
    const certificate = document.querySelector<HTMLElement>("[data-certificate]");
    this.#certificate = certificate ? setUpCertificate(certificate) : undefined;
    const watch = panel.querySelector<HTMLElement>("[data-arrival]");
    const hasPositions = this.#chapters.some((each) => each.at);
    if (watch) watch.hidden = !hasPositions;
    this.#arrival = watch && hasPositions ? this.#watchArrivals(watch) : undefined;
    for (const chapter of this.#chapters) this.#setUpChapter(chapter);
    this.#setUpPanel();
    panel.hidden = false;
    this.#follow(true);
  }

  #part<Kind extends HTMLElement>(name: string): Kind {
    return this.#panel.querySelector<Kind>(`[data-${name}]`)!;
  }

  #find(id: string | undefined): Chapter | undefined {
    return this.#chapters.find((each) => each.id === id);
  }

  #watchArrivals(panel: HTMLElement): ArrivalWatch {
    return new ArrivalWatch(panel, this.#chapters, {
      words: this.#words, current: () => this.#current,
      announce: (text) => this.#announce(text, true), onArrival: (chapter) => this.#arrive(chapter, "position"),
    });
  }

  #setUpChapter(chapter: Chapter): void {
    const { article, heading, hasPlace, ways } = chapter;
    heading.tabIndex = -1;
    const list = article.querySelector<HTMLElement>(".trail-ways") ?? h("ul", { class: "trail-ways" });
    if (!list.isConnected) article.append(list);
    // `data-to` has the address within this page, also where the page is a frame.
    for (const link of list.querySelectorAll<HTMLAnchorElement>("[data-to]")) {
      link.addEventListener("click", (event) => this.#onWay(event, chapter, link.dataset["to"]));
    }
    list.addEventListener("click", (event) => {
      if ((event.target as Element).closest("[data-crossing]")) this.#markRead(chapter);
    });
    if (!ways.length) list.append(h("li", { class: "screen" }, h("button", { type: "button", class: "lamp", onclick: () => this.#finish(chapter) }, this.#words.t("finish"))));
    if (chapter.number > 1) list.prepend(h("li", { class: "screen back" }, h("button", { type: "button", onclick: () => this.#goBack(chapter) }, this.#words.t("back"))));
    if (!hasPlace) return;
    const here = h("button", { type: "button", class: "trail-here", "aria-describedby": heading.id, onclick: () => this.#arrive(chapter, "hand") });
    article.querySelector(".where")?.after(h("p", { class: "buttons screen trail-arrive" }, here));
  }

  #setUpPanel(): void {
    const contents = document.querySelector<HTMLElement>("ol.trail-contents");
    if (contents) this.#part("contents").append(contents);
    const all = this.#part<HTMLInputElement>("all");
    all.addEventListener("change", () => {
      document.documentElement.classList.toggle("trail-all-chapters", all.checked);
      this.#announce(this.#words.t(all.checked ? "all_shown" : "one_shown"));
    });
    document.documentElement.classList.add("trail-by-chapter");
    setUpTelling(this.#panel, this.#chapters.map(({ article }) => article), ({ means }) => {
      this.#atHome = means === "home";
      document.documentElement.classList.toggle("trail-at-home", this.#atHome);
      if (this.#atHome) this.#arrival?.stop();
    });
    setUpTransfer(this.#part<HTMLDetailsElement>("transfer"), this.#transfer);
    this.#part("again").addEventListener("click", () => this.#beginAgain());
    addEventListener("hashchange", () => this.#follow(false));
    // Another window of the same trail.
    addEventListener("storage", ({ key }) => {
      if (!this.#progress.isKey(key)) return;
      this.#progress.refresh();
      this.#render();
    });
  }

  /** Follow the fragment of the address; on loading, without one, go on where the visitor was. */
  #follow(isLoading: boolean): void {
    if (receiveProgress(this.#part("incoming"), this.#transfer)) return this.#show(this.#current, false);
    const plate = this.#chapters[Number(PLATE.exec(location.hash)?.[1]) - 1];
    const target = targetOf(location.hash);
    const linked = this.#chapters.find(({ article }) => target && article.contains(target));
    if (plate) {
      history.replaceState(null, "", `#chapter=${plate.id}`);
      this.#show(plate, true);
      this.#arrive(plate, "plate");
    } else if (linked) this.#show(linked, true);
    else if (isLoading) this.#show(this.#current, false);
    // Chapters that are hidden now have moved it.
    if (target !== linked?.article && (linked || isLoading)) target?.scrollIntoView({ block: "start", behavior: "instant" });
  }

  #show(chapter: Chapter, isMoved: boolean): void {
    if (chapter !== this.#current || this.#kept) this.#sounds.pause();
    this.#current = chapter;
    this.#kept = undefined;
    this.#card.hide();
    // A mere look at the first page is no progress.
    if (isMoved || this.#progress.isBegun) this.#progress.change((record) => (record.at = chapter.id));
    this.#certificate?.hide();
    this.#render();
    if (!isMoved) return;
    this.#part("said").textContent = this.#words.t("chapter_of", { number: chapter.number, all: this.#chapters.length, title: chapter.title });
    chapter.heading.focus({ preventScroll: true });
    chapter.article.scrollIntoView({ block: "start", behavior: "instant" });
  }

  /** Go to a chapter by its address, so that the browser's "back" works. */
  #go(chapter: Chapter): void {
    const fragment = `#chapter=${chapter.id}`;
    if (location.hash === fragment) this.#show(chapter, true);
    else location.hash = fragment;
  }

  #onWay(event: MouseEvent, from: Chapter, id: string | undefined): void {
    const to = this.#find(id);
    if (!to || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.#markRead(from);
    this.#cameFrom.set(to, from);
    this.#go(to);
  }

  #goBack(from: Chapter): void {
    const before = this.#cameFrom.get(from) ?? this.#chapters[from.number - 2];
    if (before) this.#go(before);
  }

  #step(from: Chapter, by: 1 | -1): Chapter | undefined {
    const to = by === 1 ? this.#find(from.ways[0]) : (this.#cameFrom.get(from) ?? this.#chapters[from.number - 2]);
    if (!to) return undefined;
    if (by === 1) this.#cameFrom.set(to, from);
    this.#go(to);
    return to;
  }

  #markRead(chapter: Chapter): void {
    this.#progress.change(({ read }) => read.add(chapter.id));
    this.#render();
  }

  #arrive(chapter: Chapter, by: "position" | "plate" | "hand"): void {
    const isNew = !this.#progress.record.reached.has(chapter.id);
    // A position that comes back to a place says nothing twice.
    if (by === "position" && !isNew) return;
    this.#progress.change(({ reached }) => reached.add(chapter.id));
    if (by === "position") this.#openInPlace(chapter);
    this.#render();
    const { number, title } = chapter;
    const arrived = this.#words.t("arrived", { number, title });
    this.#announce(arrived, by === "position");
    if (by !== "hand" && isNew) this.#arrival?.signal();
    if (by !== "position") return;
    this.#card.show({ title: arrived, texts: [], label: this.#words.t("open_chapter", { number }), go: () => this.#go(chapter) });
  }

  /** Open a chapter where that moves nothing that the visitor sees or hears: a position never scrolls the page.
   *
   * It takes the place of the open one as long as that lies below the window. A chapter that is being read or heard stays
   * open, and the other one follows below it. What would push that down is not opened: the card leads there.
   */
  #openInPlace(chapter: Chapter): void {
    const former = this.#current;
    if (chapter === former) return;
    const { top, bottom } = former.article.getBoundingClientRect();
    const isUnseen = top >= innerHeight && !this.#sounds.isPlaying;
    const isBelow = bottom > innerHeight / 3 && chapter.number > former.number;
    if (!isUnseen && !isBelow) return;
    this.#kept = isUnseen ? undefined : former;
    this.#current = chapter;
    this.#cameFrom.set(chapter, former);
    this.#progress.change((record) => (record.at = chapter.id));
    history.pushState(null, "", `#chapter=${chapter.id}`);
  }

  #finish(chapter: Chapter): void {
    this.#markRead(chapter);
    const { read } = this.#progress.record;
    this.#certificate?.show(this.#words.t("heard", { read: read.size, all: this.#chapters.length }));
  }

  #beginAgain(): void {
    this.#progress.beginAgain();
    this.#cameFrom.clear();
    for (const each of this.#questions) each.reset();
    this.#go(this.#chapters[0]!);
    this.#announce(this.#words.t("begun_again"));
  }

  /** Show what was merged: the open chapter, answers and marks. */
  #restore(): void {
    for (const each of this.#questions) each.render();
    this.#go(this.#find(this.#progress.record.at) ?? this.#current);
  }

  /** Show a message, and say it to screen readers.
   *
   * isQuiet : whether the visitor has done nothing for it, so that it must not move what is read
   */
  #announce(text: string, isQuiet = false): void {
    this.#part("said").textContent = text;
    const news = this.#part("news");
    (isQuiet ? changeQuietly : changeAtOnce)(news, () => (news.textContent = text));
  }

  #render(): void {
    const { read, reached } = this.#progress.record;
    for (const chapter of this.#chapters) {
      const isReached = reached.has(chapter.id);
      chapter.article.classList.toggle("open", chapter === this.#current || chapter === this.#kept);
      const here = chapter.article.querySelector(".trail-here");
      if (here) here.textContent = this.#words.t(isReached ? "reached" : "here");
      here?.classList.toggle("done", isReached);
      const link = this.#part("contents").querySelector(`a[href="#chapter=${CSS.escape(chapter.id)}"]`);
      if (chapter === this.#current) link?.setAttribute("aria-current", "step");
      else link?.removeAttribute("aria-current");
      link?.parentElement?.classList.toggle("read", read.has(chapter.id));
      const mark = link?.parentElement?.querySelector(".unseen");
      if (!read.has(chapter.id)) mark?.remove();
      else if (link && !mark) link.after(h("span", { class: "unseen" }, ` (${this.#words.t("read")})`));
    }
    const values = { number: this.#current.number, read: read.size, all: this.#chapters.length };
    setQuietly(this.#part("count"), this.#words.t("count", values));
    const begin = document.querySelector<HTMLAnchorElement>("[data-begin]");
    if (begin) {
      setQuietly(begin, this.#words.t(this.#progress.isBegun ? "go_on" : "begin", values));
      begin.hash = `chapter=${this.#current.id}`;
    }
    const again = this.#part("again");
    changeQuietly(again, () => (again.hidden = !this.#progress.isBegun));
    this.#arrival?.render();
  }
}
