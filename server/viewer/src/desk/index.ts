// The page of the curator's desk with the model of a place: annotations, tours and parts are edited on it.
import { h } from "../dom";
import { hasWebGL, loadLibrary } from "../models/model_viewer";
import { AnnotationEditor, PLACE } from "./annotation_editor";
import { ClashPanel } from "./clash_panel";
import { FitEditor, GROUND, NORTH } from "./fit_editor";
import { PART, PartEditor } from "./part_editor";
import { ScanEditor } from "./scan_editor";
import { decimals } from "./rounding";
import { buttonOf, labelled, selectOf, showValue } from "./scene_controls";
import type { SceneHost, ScenePanel, ScenePlace } from "./scene_host";
import { type Hit, LIBRARY, SceneStage } from "./scene_stage";
import { renumbered, rowsOf, type SceneState, valueOf } from "./scene_state";
import { sendScene, type ToldScene } from "./scene_saving";
import { TourEditor } from "./tour_editor";
import { Undo } from "./undo";
import { ViewEditor } from "./view_editor";

/** What the ids of rows begin with. */
const ROW = "row-";

/** The elements of the page that it is put into, and what they tell. */
interface PageParts {
  root: HTMLElement;
  place: ScenePlace & ToldScene;
  words: Readonly<Record<string, string>>;
}

class SceneEditor implements SceneHost {
  readonly place: ScenePlace;
  readonly stage: SceneStage;
  shown: string;
  mode = "";
  readonly #words: Readonly<Record<string, string>>;
  readonly #status = h("p", { role: "status", class: "status" });
  readonly #undo: Undo<SceneState>;
  readonly #annotations: AnnotationEditor;
  readonly #tours: TourEditor;
  readonly #parts: PartEditor;
  readonly #clashes: ClashPanel;
  readonly #fit: FitEditor;
  readonly #scan: ScanEditor;
  readonly #panels: readonly ScenePanel[];
  readonly #buttons: Readonly<Record<"undo" | "redo" | "save", HTMLButtonElement>>;
  readonly #unsaved = h("span", { class: "of" });
  readonly #size = h("p", { class: "of", id: "size" });
  #read: string;
  #saved: SceneState;
  #isSaving = false;

  constructor({ root, place, words }: PageParts) {
    this.place = place;
    this.#words = words;
    this.#read = place.read;
    this.#saved = { values: place.values, orders: place.orders };
    this.#undo = new Undo(this.#saved);
    const built = place.states.filter(({ model }) => model);
    this.shown = built[0]?.id ?? "";
    this.stage = new SceneStage({
      clicked: (hit, part, count) => this.#clicked(hit, part, count),
      chosen: (row) => this.#annotations.choose(row),
      moved: (row, hit) => this.#annotations.move(row, hit),
      nudged: (row, right, down) => this.#annotations.nudge(row, right, down),
    });
    this.#annotations = new AnnotationEditor(this);
    this.#tours = new TourEditor(this, () => this.#annotations.chosen, csrfOfPage);
    this.#parts = new PartEditor(this);
    this.#clashes = new ClashPanel(this);
    this.#fit = new FitEditor(this);
    this.#scan = new ScanEditor(this, csrfOfPage);
    this.#panels = [this.#clashes, this.#annotations, this.#tours, this.#parts, new ViewEditor(this), this.#fit, this.#scan];
    this.stage.element.append(this.#tours.player.caption);
    this.#buttons = {
      undo: buttonOf("undo", this.t("undo"), () => this.#back()),
      redo: buttonOf("redo", this.t("redo"), () => this.#forth()),
      save: buttonOf("save", this.t("save"), () => void this.#save()),
    };
    this.#buttons.save.classList.add("lamp");
    const bar = h("p", { class: "buttons" }, ...Object.values(this.#buttons), this.#unsaved);
    const titles = built.map(({ id, title }) => [id, title] as const);
    const states = selectOf("state", titles, this.shown, (id) => void this.#show(id));
    const missing = place.states.filter(({ model }) => !model).map(({ title }) => title);
    root.replaceChildren(
      h("div", { class: "view" }, labelled(states, this.t("state")), this.stage.element, bar, this.#status, this.#size,
        h("p", { class: "of" }, this.t("keys")),
        ...(missing.length ? [h("p", { class: "of" }, this.t("not_built", { states: missing.join(", ") }))] : [])),
      h("div", { class: "panels" }, ...this.#panels.map(({ element }) => element)),
    );
    addEventListener("keydown", (event) => this.#onKey(event));
    addEventListener("beforeunload", (leaving) => this.isChanged && leaving.preventDefault());
    for (const link of document.querySelectorAll<HTMLAnchorElement>("nav.place a")) link.addEventListener("click", (event) => this.#leave(event, link.href));
  }

  /** Save before another page of the place is opened; where that is not possible, stay and tell. */
  #leave(event: MouseEvent, href: string): void {
    if (!this.isChanged || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    void this.#save().then(() => this.isChanged || location.assign(href));
  }

  get state(): SceneState {
    return this.#undo.now;
  }

  get isChanged(): boolean {
    return this.state !== this.#saved;
  }

  readonly t = (name: string, values: Readonly<Record<string, string>> = {}): string =>
    (this.#words[name] ?? name).replace(/\{(\w+)\}/g, (_, key: string) => values[key] ?? "");

  #clicked(hit: Hit, part: string | undefined, count: number): void {
    if (this.#scan.pick(hit)) return;
    if (this.mode === PLACE || (!this.mode && count === 2)) this.#annotations.place(hit);
    else if (this.mode === PART) this.#parts.pick(part);
    else if (this.mode === NORTH || this.mode === GROUND) this.#fit.pick(hit);
  }

  setMode(mode: string): void {
    this.mode = mode;
    this.stage.element.classList.toggle("placing", !!mode);
    for (const button of document.querySelectorAll<HTMLElement>("[data-mode]")) button.setAttribute("aria-pressed", String(button.dataset["mode"] === mode));
    if (mode) this.say(this.t("click_now"));
  }

  edit(next: SceneState, said = "", isQuiet = false): void {
    this.#undo.push(next);
    if (isQuiet) this.#follow();
    else this.draw();
    if (said) this.say(said);
  }

  say(text: string): void {
    this.#status.textContent = text;
  }

  draw(): void {
    for (const panel of this.#panels) panel.draw();
    this.#drawBar();
  }

  /** Have headings follow the fields that they repeat; the fields themselves stay, one of them has the focus. */
  #follow(): void {
    for (const each of document.querySelectorAll<HTMLElement>("[data-shows]")) {
      showValue(each, valueOf(this.state, each.dataset["shows"] ?? ""));
    }
    this.#annotations.drawPins();
    this.#drawBar();
  }

  /** The buttons stay the same: one of them may be pressed, which ends the edit of a field, while this happens. */
  #drawBar(): void {
    const isOff = { undo: !this.#undo.canUndo, redo: !this.#undo.canRedo, save: this.#isSaving };
    for (const [name, button] of Object.entries(this.#buttons)) button.setAttribute("aria-disabled", String(isOff[name as keyof typeof isOff]));
    this.#unsaved.textContent = this.isChanged ? this.t("unsaved") : "";
  }

  #back(): void {
    if (this.#isSaving || !this.#undo.undo()) return;
    this.draw();
    this.say(this.t("undone"));
  }

  #forth(): void {
    if (this.#isSaving || !this.#undo.redo()) return;
    this.draw();
    this.say(this.t("redone"));
  }

  /** Undo and redo by keyboard, except in a field, which has its own. */
  #onKey(event: KeyboardEvent): void {
    const isInField = event.target instanceof HTMLElement && event.target.matches("input, textarea");
    if (!(event.ctrlKey || event.metaKey) || event.altKey || isInField) return;
    const key = event.key.toLowerCase();
    if (key === "z" && !event.shiftKey) this.#back();
    else if (key === "y" || key === "z") this.#forth();
    else return;
    event.preventDefault();
  }

  async start(): Promise<void> {
    this.draw();
    if (!hasWebGL()) return this.say(this.t("no_webgl"));
    await loadLibrary(LIBRARY);
    this.stage.onAttached();
    await this.#show(this.shown);
  }

  async #show(id: string): Promise<void> {
    const found = this.place.states.find((each) => each.id === id);
    if (!found) return;
    this.shown = id;
    this.#tours.stop();
    this.stage.setPins([]);
    this.say(this.t("loading"));
    this.#size.textContent = "";
    this.#setInert(true);
    try {
      await this.stage.show(found.model, this.t("model_of", { title: found.title }));
      this.say(this.t("loaded", { title: found.title }));
      this.#size.textContent = `${this.t("size", this.#measures())} ${this.t(found.notes.length ? "size_wrong" : "size_of_file")}`;
      this.stage.element.dataset["shown"] = id;
    } catch {
      this.say(this.t("cannot_show"));
    }
    this.#setInert(false);
    this.draw();
  }

  /** Length, width and height of the model that is shown, in metres. */
  #measures(): Record<"length" | "width" | "height", string> {
    const { x, y, z } = this.stage.viewer.getDimensions();
    const told = (metres: number) => decimals(metres, metres < 10 ? 2 : 1);
    return { length: told(Math.max(x, z)), width: told(Math.min(x, z)), height: told(y) };
  }

  async #save(): Promise<void> {
    if (this.#isSaving) return;
    const sent = this.state;
    this.#setSaving(true);
    try {
      const { isSaved, isMerged, said, now } = await sendScene(location.pathname, csrfOfPage(), this.#read, sent);
      if (now) this.#goOn(now, sent, isSaved, isMerged);
      this.say(said.join(" – "));
    } catch {
      this.say(this.t("no_answer"));
    }
    this.#setSaving(false);
  }

  /** Keep what is on its way from being edited. */
  #setSaving(isSaving: boolean): void {
    this.#isSaving = isSaving;
    this.#setInert(isSaving);
    this.#drawBar();
  }

  #setInert(isInert: boolean): void {
    for (const each of [this.stage.element, ...this.#panels.map(({ element }) => element)]) each.inert = isInert;
  }

  /** Go on from what is on disk now: undo leads back over a save, unless it brought changes of others. */
  #goOn(now: ToldScene, sent: SceneState, isSaved: boolean, isMerged: boolean): void {
    this.#read = now.read;
    const next = { values: now.values, orders: now.orders };
    const isSame = isSaved && !isMerged && Object.entries(renumbered(sent, sent).orders).every(([array, rows]) => rows.length === rowsOf(next, array).length);
    this.#undo.rebase(next, isSame ? (each) => renumbered(each, sent) : undefined);
    if (isSaved) this.#saved = next;
    this.#clashes.theirs = now.theirs;
    const open = [...document.querySelectorAll("details[open]")].map(({ id }) => id.slice(ROW.length));
    this.draw();
    for (const name of Object.keys(renumbered({ values: Object.fromEntries(open.map((each) => [each, ""])), orders: {} }, sent).values)) {
      const details = document.getElementById(`${ROW}${name}`);
      if (details instanceof HTMLDetailsElement) details.open = true;
    }
  }
}

function csrfOfPage(): string {
  return document.querySelector<HTMLInputElement>("input[name=csrf]")?.value ?? "";
}

const root = document.getElementById("scene");
if (root) {
  const told = JSON.parse(root.dataset["told"] ?? "{}") as ScenePlace & ToldScene;
  const words = JSON.parse(root.dataset["words"] ?? "{}") as Record<string, string>;
  const editor = new SceneEditor({ root, place: told, words });
  editor.start().catch(() => editor.say(editor.t("cannot_show")));
}
