// The panel of a route's page: choose a pack by its size, fetch it, bring it up to date, delete it.
import { h } from "../dom";
import type { Pack } from "../schema";
import type { Words } from "../words";
import { Download, lackOfRoom, type Progress } from "./download";
import { headersOfPages, offers, type Route } from "./offers";
import { addressOf, forget, type Held, missing, packOf, sizes, stored } from "./pack_store";
import { type Act, contentsOf, doneOf, type Face, faceOf, factsOf, holds, nameOf, promise, show, sized } from "./panel_view";

/** Shares of a download that are said aloud. */
const SAID_AT = [0.25, 0.5, 0.75];

export class Panel {
  readonly #route: Route;
  readonly #words: Words;
  readonly #face: Face;
  #offers: Pack[] = [];
  #chosen = "";
  #stored: ReadonlySet<string> = new Set();
  #here: Held | undefined;
  #coming: Held | undefined;
  #running: { download: Download; stop: AbortController } | undefined;
  #progress: Progress | undefined;
  #isAsking = false;
  #isLost = false;
  #saidAt = 0;

  constructor(root: HTMLElement, route: Route, words: Words) {
    this.#route = route;
    this.#words = words;
    this.#face = faceOf(root, words, (act) => void this.#act(act));
    addEventListener("online", () => void (this.#isLost ? this.#fetch(this.#coming) : this.#look()));
  }

  /** Look at what is here and what there is, and show it. */
  async open(): Promise<void> {
    await this.#read();
    this.#paint();
    this.#face.root.hidden = false;
    await this.#look();
    if (this.#coming && !this.#coming.refused.length) this.#say("interrupted");
  }

  async #look(): Promise<void> {
    try {
      this.#offers = await offers(this.#route, this.#here?.pack.id);
      if (this.#here && !this.#coming) this.#say(this.#newer() ? "newer" : "newest");
    } catch {
      if (!this.#offers.length) this.#say("no_network");
    }
    const known = this.#offers.map((pack) => pack.level as string);
    const saving = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData;
    const wished = this.#here?.pack.level ?? (saving ? "preview" : "phone");
    if (!known.includes(this.#chosen)) this.#chosen = known.includes(wished) ? wished : (known.at(-1) ?? "");
    this.#choices();
    this.#paint();
  }

  async #act(act: Act): Promise<void> {
    this.#isAsking = act === "remove";
    if (act === "fetch") await this.#fetch(await this.#asked());
    else if (act === "resume" && this.#running) this.#running.download.again();
    else if (act === "resume") await this.#fetch(this.#coming);
    else if (act === "again") await this.#fetch(this.#coming, true);
    else if (act === "pause") this.#running?.stop.abort();
    else if (act === "yes") await this.#delete();
    this.#paint();
  }

  /** Return the chosen pack as one that is on its way. */
  async #asked(): Promise<Held | undefined> {
    const pack = this.#offers.find((each) => each.level === this.#chosen);
    if (!pack) return undefined;
    const headers = await headersOfPages(this.#route.page).catch(() => this.#here?.headers ?? {});
    return { pack, name: this.#route.name, page: this.#route.page, headers, taken: "", refused: [] };
  }

  /** Fetch a pack, in one window of the browser alone. */
  async #fetch(wanted: Held | undefined, isAnew = false): Promise<void> {
    if (!wanted || this.#running) return;
    const room = await lackOfRoom(wanted.pack.files);
    if (room) return this.#say("no_room", { wanted: this.#words.size(room.wanted), free: this.#words.size(room.free) });
    const name = `carreau-pack ${wanted.pack.lang} ${wanted.pack.route}`;
    await navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
      if (lock) await this.#run(wanted, isAnew);
      else this.#say("elsewhere");
    });
    // Only now may somebody else begin.
    this.#running = undefined;
    await this.#read();
    this.#choices();
    this.#paint();
  }

  async #run(wanted: Held, isAnew: boolean): Promise<void> {
    const stop = new AbortController();
    const download = new Download(wanted, (progress) => this.#tell(progress));
    this.#running = { download, stop };
    this.#coming = wanted;
    this.#isLost = false;
    this.#saidAt = 0;
    this.#say("started", { size: this.#words.size(sizes(missing(wanted.pack.files, this.#stored)).sent) });
    this.#paint();
    const awake = await navigator.wakeLock?.request("screen").catch(() => undefined);
    try {
      // Whoever takes a pack wants to keep it: browsers let go of what nobody asked them to keep.
      await navigator.storage?.persist?.();
      await navigator.serviceWorker.register("/service-worker.js", { updateViaCache: "none" });
      const refused = await download.run(stop.signal, isAnew);
      await this.#ended(refused);
    } catch (failure) {
      await this.#failed(failure, stop.signal);
    } finally {
      await awake?.release();
    }
  }

  async #ended(refused: readonly string[]): Promise<void> {
    if (!refused.length) {
      await navigator.serviceWorker.ready;
      return this.#say("whole");
    }
    const named = this.#coming?.pack.files.filter((file) => refused.includes(addressOf(file))).map(nameOf) ?? [];
    this.#say("refused", { names: [...new Set(named)].join(", ") });
  }

  async #failed(failure: unknown, signal: AbortSignal): Promise<void> {
    const isFull = failure instanceof DOMException && failure.name === "QuotaExceededError";
    if (signal.aborted) return this.#say("paused");
    if (isFull) return this.#say("full");
    this.#isLost = failure instanceof TypeError;
    this.#say(this.#isLost ? "lost" : "failed");
  }

  async #delete(): Promise<void> {
    const freed = (this.#here ?? this.#coming)?.pack.files ?? [];
    await forget(this.#route.slug, this.#route.lang);
    const before = this.#stored;
    await this.#read();
    const gone = freed.filter((file) => before.has(addressOf(file)) && !this.#stored.has(addressOf(file)));
    this.#progress = undefined;
    this.#say("deleted", { size: this.#words.size(sizes(gone).stored) });
    this.#choices();
    this.#paint();
  }

  async #read(): Promise<void> {
    const { slug, lang } = this.#route;
    [this.#here, this.#coming, this.#stored] = await Promise.all([packOf("here", slug, lang), packOf("coming", slug, lang), stored()]);
  }

  /** Return the pack that is here in its version of now, where that is another. */
  #newer(): Pack | undefined {
    const held = this.#here?.pack;
    if (!held || this.#offers.some((pack) => pack.id === held.id)) return undefined;
    return this.#offers.find((pack) => pack.level === held.level) ?? this.#offers.at(-1);
  }

  #tell(progress: Progress): void {
    const wasWaiting = this.#progress?.isWaiting;
    this.#progress = progress;
    const share = progress.whole ? progress.done / progress.whole : 1;
    const passed = SAID_AT.filter((each) => share >= each).at(-1) ?? 0;
    if (progress.isWaiting) this.#say("lost");
    else if (passed > this.#saidAt || wasWaiting) this.#say("part", { share: this.#words.percent(share) });
    this.#saidAt = Math.max(this.#saidAt, passed);
    this.#paint();
  }

  #choices(): void {
    const { choices } = this.#face;
    const legend = h("legend", {}, this.#words.say("level"));
    const rows = this.#offers.map((pack) => {
      const isChosen = pack.level === this.#chosen;
      const values = { type: "radio", name: "pack-level", value: pack.level, checked: isChosen };
      const input = h("input", { ...values, onchange: () => this.#choose(pack.level) });
      return h("label", { class: "choice" }, input, h("span", {}, h("strong", {}, this.#words.say(`level_${pack.level}`)), " ", sized(pack, this.#stored, this.#words)));
    });
    choices.replaceChildren(legend, ...rows);
  }

  #choose(level: string): void {
    this.#chosen = level;
    this.#paint();
  }

  #paint(): void {
    const { about, choices, size, progress, done, facts, note, buttons } = this.#face;
    const [here, coming, running] = [this.#here, this.#coming, !!this.#running];
    const chosen = this.#offers.find((pack) => pack.level === this.#chosen);
    const isOffered = !!chosen && !coming && chosen.id !== here?.pack.id;
    const told = coming?.pack ?? chosen ?? here?.pack;
    about.hidden = !told;
    about.textContent = told ? contentsOf(told, this.#words) : "";
    const isChoice = this.#offers.length > 1 && this.#offers.some((pack) => holds(pack, "model"));
    choices.hidden = running || !!coming || !isChoice;
    size.hidden = !isOffered || !choices.hidden;
    size.textContent = chosen ? sized(chosen, this.#stored, this.#words) : "";
    buttons.fetch.textContent = this.#words.say(!here ? "download" : chosen === this.#newer() ? "update" : "change");
    progress.hidden = done.hidden = !coming;
    if (coming) this.#paintProgress(coming);
    facts.hidden = !here;
    note.hidden = !here;
    if (here) facts.replaceChildren(...factsOf(here, this.#words).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
    if (here) void promise().then((isKept) => (note.textContent = this.#words.say(isKept ? "kept" : "may_go")));
    const isRefused = !!coming?.refused.length && !running;
    const isWaiting = running && !!this.#progress?.isWaiting;
    const acts: [Act, boolean][] = [
      ["fetch", isOffered && !running], ["pause", running], ["resume", isWaiting || (!!coming && !running && !isRefused)],
      ["again", isRefused], ["remove", !running && !this.#isAsking && !!(here ?? coming)], ["yes", this.#isAsking], ["no", this.#isAsking],
    ];
    this.#face.root.dataset.state = running ? (isWaiting ? "waiting" : "coming") : coming ? (isRefused ? "refused" : "paused") : here ? "here" : "none";
    show(this.#face, new Set(acts.flatMap(([act, isThere]) => (isThere ? [act] : []))));
  }

  #paintProgress(coming: Held): void {
    const { progress, done } = this.#face;
    const lacking = missing(coming.pack.files, this.#stored);
    const whole = sizes(coming.pack.files).sent;
    const of = missing(coming.pack.files, new Set()).length;
    const now = this.#progress ?? { done: whole - sizes(lacking).sent, whole, files: of - lacking.length, of, secondsLeft: undefined, isWaiting: false };
    progress.max = now.whole || 1;
    progress.value = now.done;
    done.textContent = doneOf(now, this.#words, !!this.#running);
  }

  /** Say something where it is seen and read aloud. */
  #say(name: string, values: Record<string, string> = {}): void {
    const newer = this.#newer();
    const size = newer ? { size: this.#words.size(sizes(missing(newer.files, this.#stored)).sent) } : {};
    this.#face.status.textContent = this.#words.say(name, { ...size, ...values });
    this.#face.status.dataset.said = name;
  }
}
