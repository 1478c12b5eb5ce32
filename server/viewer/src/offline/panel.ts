// The panel of the page of a route or trail: choose, download, update and delete a pack.
import { h } from "../dom";
import { DEFAULT_LEVEL, SCREEN_LEVELS, type Pack } from "../schema";
import type { Words } from "../words";
import { Download, type DownloadProgress, missingSpace } from "./download";
import { fetchPacks, fetchPageHeaders, type PackRoute } from "./offers";
import { contentAddress, deletePack, missingFiles, readPack, storedAddresses, type StoredPack, totalBytes } from "./pack_store";
import { type Action, createView, describeContents, describeProgress, describeSize, fileLabel, hasRole, isStoragePersistent, packFacts, type PanelView, showActions } from "./panel_view";

/** Shares of a download that are announced. */
const ANNOUNCED_SHARES = [0.25, 0.5, 0.75];

export class Panel {
  readonly #route: PackRoute;
  readonly #words: Words;
  readonly #view: PanelView;
  #offers: Pack[] = [];
  #selectedLevel = "";
  #stored: ReadonlySet<string> = new Set();
  #complete: StoredPack | undefined;
  #partial: StoredPack | undefined;
  #running: { download: Download; stop: AbortController } | undefined;
  #progress: DownloadProgress | undefined;
  #isConfirming = false;
  #isConnectionLost = false;
  #announcedShare = 0;

  constructor(root: HTMLElement, route: PackRoute, words: Words) {
    this.#route = route;
    this.#words = words;
    this.#view = createView(root, words, (action) => void this.#runAction(action));
    addEventListener("online", () => void (this.#isConnectionLost ? this.#fetch(this.#partial) : this.#refreshOffers()));
  }

  /** Show the stored packs, then the offers of the host. */
  async open(): Promise<void> {
    await this.#readStore();
    this.#render();
    this.#view.root.hidden = false;
    await this.#refreshOffers();
    if (this.#partial && !this.#partial.refused.length) this.#announce("interrupted");
  }

  async #refreshOffers(): Promise<void> {
    try {
      this.#offers = await fetchPacks(this.#route, this.#complete?.pack.id);
      if (this.#complete && !this.#partial) this.#announce(this.#newerOffer() ? "newer" : "newest");
    } catch {
      if (!this.#offers.length) this.#announce("no_network");
    }
    const levels = this.#offers.map((pack) => pack.level as string);
    const isSaving = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData;
    const preferred = this.#complete?.pack.level ?? (isSaving ? SCREEN_LEVELS[0] : DEFAULT_LEVEL);
    if (!levels.includes(this.#selectedLevel)) this.#selectedLevel = levels.includes(preferred) ? preferred : (levels.at(-1) ?? "");
    this.#renderChoices();
    this.#render();
  }

  async #runAction(action: Action): Promise<void> {
    this.#isConfirming = action === "remove";
    if (action === "fetch") await this.#fetch(await this.#selectedPack());
    else if (action === "resume" && this.#running) this.#running.download.again();
    else if (action === "resume") await this.#fetch(this.#partial);
    else if (action === "again") await this.#fetch(this.#partial, true);
    else if (action === "pause") this.#running?.stop.abort();
    else if (action === "yes") await this.#delete();
    this.#render();
  }

  /** Return a record of the selected pack, before its download. */
  async #selectedPack(): Promise<StoredPack | undefined> {
    const pack = this.#offers.find((each) => each.level === this.#selectedLevel);
    if (!pack) return undefined;
    const headers = await fetchPageHeaders(this.#route.page).catch(() => this.#complete?.headers ?? {});
    return { pack, name: this.#route.name, page: this.#route.page, headers, taken: "", refused: [] };
  }

  /** Download a pack, in one window at a time. */
  async #fetch(stored: StoredPack | undefined, bypassCache = false): Promise<void> {
    if (!stored || this.#running) return;
    const space = await missingSpace(stored.pack.files);
    if (space) return this.#announce("no_room", { wanted: this.#words.size(space.needed), free: this.#words.size(space.free) });
    const name = `carreau-pack ${stored.pack.lang} ${stored.pack.route}`;
    await navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
      if (lock) await this.#run(stored, bypassCache);
      else this.#announce("elsewhere");
    });
    // From here on another download may start.
    this.#running = undefined;
    await this.#readStore();
    this.#renderChoices();
    this.#render();
  }

  async #run(stored: StoredPack, bypassCache: boolean): Promise<void> {
    const stop = new AbortController();
    const download = new Download(stored, (progress) => this.#onProgress(progress));
    this.#running = { download, stop };
    this.#partial = stored;
    this.#isConnectionLost = false;
    this.#announcedShare = 0;
    this.#announce("started", { size: this.#words.size(totalBytes(missingFiles(stored.pack.files, this.#stored)).sent) });
    this.#render();
    const wakeLock = await navigator.wakeLock?.request("screen").catch(() => undefined);
    try {
      // Ask for persistent storage: browsers may evict other data.
      await navigator.storage?.persist?.();
      await navigator.serviceWorker.register("/service-worker.js", { updateViaCache: "none" });
      const refused = await download.run(stop.signal, bypassCache);
      await this.#announceResult(refused);
    } catch (failure) {
      await this.#announceFailure(failure, stop.signal);
    } finally {
      await wakeLock?.release();
    }
  }

  async #announceResult(refused: readonly string[]): Promise<void> {
    if (!refused.length) {
      await navigator.serviceWorker.ready;
      return this.#announce("whole");
    }
    const names = this.#partial?.pack.files.filter((file) => refused.includes(contentAddress(file))).map(fileLabel) ?? [];
    this.#announce("refused", { names: [...new Set(names)].join(", ") });
  }

  async #announceFailure(failure: unknown, signal: AbortSignal): Promise<void> {
    const isQuotaExceeded = failure instanceof DOMException && failure.name === "QuotaExceededError";
    if (signal.aborted) return this.#announce("paused");
    if (isQuotaExceeded) return this.#announce("full");
    this.#isConnectionLost = failure instanceof TypeError;
    this.#announce(this.#isConnectionLost ? "lost" : "failed");
  }

  async #delete(): Promise<void> {
    const files = (this.#complete ?? this.#partial)?.pack.files ?? [];
    await deletePack(this.#route.slug, this.#route.lang);
    const before = this.#stored;
    await this.#readStore();
    const deleted = files.filter((file) => before.has(contentAddress(file)) && !this.#stored.has(contentAddress(file)));
    this.#progress = undefined;
    this.#announce("deleted", { size: this.#words.size(totalBytes(deleted).stored) });
    this.#renderChoices();
    this.#render();
  }

  async #readStore(): Promise<void> {
    const { slug, lang } = this.#route;
    [this.#complete, this.#partial, this.#stored] = await Promise.all([readPack("here", slug, lang), readPack("coming", slug, lang), storedAddresses()]);
  }

  /** Return the offer that updates the stored pack; undefined if it is current. */
  #newerOffer(): Pack | undefined {
    const stored = this.#complete?.pack;
    if (!stored || this.#offers.some((pack) => pack.id === stored.id)) return undefined;
    return this.#offers.find((pack) => pack.level === stored.level) ?? this.#offers.at(-1);
  }

  #onProgress(progress: DownloadProgress): void {
    const wasWaiting = this.#progress?.isWaiting;
    this.#progress = progress;
    const share = progress.total ? progress.done / progress.total : 1;
    const reached = ANNOUNCED_SHARES.filter((each) => share >= each).at(-1) ?? 0;
    if (progress.isWaiting) this.#announce("lost");
    else if (reached > this.#announcedShare || wasWaiting) this.#announce("part", { share: this.#words.percent(share) });
    this.#announcedShare = Math.max(this.#announcedShare, reached);
    this.#render();
  }

  #renderChoices(): void {
    const { choices } = this.#view;
    const legend = h("legend", {}, this.#words.t("level"));
    const rows = this.#offers.map((pack) => {
      const isSelected = pack.level === this.#selectedLevel;
      const values = { type: "radio", name: "pack-level", value: pack.level, checked: isSelected };
      const input = h("input", { ...values, onchange: () => this.#selectLevel(pack.level) });
      return h("label", { class: "choice" }, input, h("span", {}, h("strong", {}, this.#words.t(`level_${pack.level}`)), " ", describeSize(pack, this.#stored, this.#words)));
    });
    choices.replaceChildren(legend, ...rows);
  }

  #selectLevel(level: string): void {
    this.#selectedLevel = level;
    this.#render();
  }

  #render(): void {
    const { about, choices, size, progress, done, facts, note, buttons } = this.#view;
    const [complete, partial, running] = [this.#complete, this.#partial, !!this.#running];
    const selected = this.#offers.find((pack) => pack.level === this.#selectedLevel);
    const isOffered = !!selected && !partial && selected.id !== complete?.pack.id;
    const described = partial?.pack ?? selected ?? complete?.pack;
    about.hidden = !described;
    about.textContent = described ? describeContents(described, this.#words) : "";
    const isChoice = this.#offers.length > 1 && this.#offers.some((pack) => hasRole(pack, "model"));
    choices.hidden = running || !!partial || !isChoice;
    size.hidden = !isOffered || !choices.hidden;
    size.textContent = selected ? describeSize(selected, this.#stored, this.#words) : "";
    buttons.fetch.textContent = this.#words.t(!complete ? "download" : selected === this.#newerOffer() ? "update" : "change");
    progress.hidden = done.hidden = !partial;
    if (partial) this.#renderProgress(partial);
    facts.hidden = !complete;
    note.hidden = !complete;
    if (complete) facts.replaceChildren(...packFacts(complete, this.#words).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
    if (complete) void isStoragePersistent().then((isKept) => (note.textContent = this.#words.t(isKept ? "kept" : "may_go")));
    const isRefused = !!partial?.refused.length && !running;
    const isWaiting = running && !!this.#progress?.isWaiting;
    const actions: [Action, boolean][] = [
      ["fetch", isOffered && !running], ["pause", running], ["resume", isWaiting || (!!partial && !running && !isRefused)],
      ["again", isRefused], ["remove", !running && !this.#isConfirming && !!(complete ?? partial)], ["yes", this.#isConfirming], ["no", this.#isConfirming],
    ];
    this.#view.root.dataset.state = running ? (isWaiting ? "waiting" : "coming") : partial ? (isRefused ? "refused" : "paused") : complete ? "here" : "none";
    showActions(this.#view, new Set(actions.flatMap(([action, isShown]) => (isShown ? [action] : []))));
  }

  #renderProgress(partial: StoredPack): void {
    const { progress, done } = this.#view;
    const missingNow = missingFiles(partial.pack.files, this.#stored);
    const total = totalBytes(partial.pack.files).sent;
    const of = missingFiles(partial.pack.files, new Set()).length;
    const now = this.#progress ?? { done: total - totalBytes(missingNow).sent, total, files: of - missingNow.length, of, secondsLeft: undefined, isWaiting: false };
    progress.max = now.total || 1;
    progress.value = now.done;
    done.textContent = describeProgress(now, this.#words, !!this.#running);
  }

  /** Show a status message, which is also read aloud. */
  #announce(name: string, values: Record<string, string> = {}): void {
    const newer = this.#newerOffer();
    const size = newer ? { size: this.#words.size(totalBytes(missingFiles(newer.files, this.#stored)).sent) } : {};
    this.#view.status.textContent = this.#words.t(name, { ...size, ...values });
    this.#view.status.dataset.said = name;
  }
}
