// Tours: recorded by moving the camera and adding steps, which can be reordered, given a sound, and played.
import { h } from "../dom";
import { cameraOfView, type CameraView, facingView, viewOfCamera } from "../models/camera";
import type { Camera } from "../schema";
import { annotationsOf, hitOf } from "./annotation_editor";
import { captionsFields } from "./captions_editor";
import { decimals, degreesText, metresText, parseNumber, parseTriple } from "./rounding";
import { buttonOf, choiceOf, fieldOf, redrawn, shownValue } from "./scene_controls";
import type { SceneHost, ScenePanel } from "./scene_host";
import { freeId, rowsOf, type SceneState, valueOf, withMovedRow, withoutRow, withRow, withValues } from "./scene_state";
import { type PlayedStep, TourPlayer } from "./tour_player";

/** Seconds of a step until somebody says otherwise. */
const USUAL_S = "8";
const NEW_ID = /^tour-\d+$/;

/** Return the fields of the camera of a view. */
export function cameraFields(view: CameraView): Record<"position" | "target" | "field_deg", string> {
  const { position, target, field_deg } = cameraOfView(view);
  return { position: metresText(position), target: metresText(target), field_deg: field_deg === undefined ? "" : degreesText(field_deg) };
}

/** Return the camera of fields; undefined where they are not filled in. */
export function cameraOfFields(state: SceneState, name: string): Camera | undefined {
  const [position, target] = ["position", "target"].map((key) => parseTriple(valueOf(state, `${name}.${key}`)));
  const field = parseNumber(valueOf(state, `${name}.field_deg`));
  return position && target && { position, target, ...(field === undefined ? {} : { field_deg: field }) };
}

/** Return the view of a step: that of its camera, else of its annotation; undefined where it has neither. */
export function viewOfStep(state: SceneState, step: string, from: CameraView, farthest: number): CameraView | undefined {
  const camera = cameraOfFields(state, `${step}.camera`);
  if (camera) return viewOfCamera(camera);
  const id = valueOf(state, `${step}.annotation`);
  const row = rowsOf(state, "annotation").find((each) => id && valueOf(state, `annotation.${each}.id`) === id);
  const hit = row === undefined ? undefined : hitOf(state, row);
  return hit && facingView(from, hit, farthest);
}

export class TourEditor implements ScenePanel {
  readonly element = h("section", { "aria-labelledby": "tours" });
  readonly player = new TourPlayer();
  readonly #host: SceneHost;
  readonly #list = h("div");
  readonly #chosenAnnotation: () => string | undefined;
  readonly #csrf: () => string;
  #playing: string | undefined;

  /** chosenAnnotation : the row of the annotation that a new step is about; csrf : the word of the session */
  constructor(host: SceneHost, chosenAnnotation: () => string | undefined, csrf: () => string) {
    this.#host = host;
    this.#chosenAnnotation = chosenAnnotation;
    this.#csrf = csrf;
    this.element.append(
      h("h2", { id: "tours" }, host.t("tours")), this.#list,
      h("p", { class: "buttons" }, buttonOf("new-tour", host.t("new_tour"), () => this.#begin())),
    );
  }

  get #tours(): readonly string[] {
    const { state, shown } = this.#host;
    return rowsOf(state, "tour").filter((row) => valueOf(state, `tour.${row}.state`) === shown);
  }

  draw(): void {
    const tours = this.#tours;
    const list = h("ol", { class: "rows" }, ...tours.map((row, at) => this.#tour(row, at)));
    redrawn(this.#list, tours.length ? list : h("p", { class: "of" }, this.#host.t("no_tours")));
  }

  /** Begin a tour with the view of now, and go to its name. */
  #begin(): void {
    const { state, shown, stage } = this.#host;
    const ids = rowsOf(state, "tour").map((row) => valueOf(state, `tour.${row}.id`));
    const [next, row] = withRow(state, "tour", { id: freeId("", ids, `tour-${ids.length + 1}`), state: shown, title: "" });
    const empty = { ...next, orders: { ...next.orders, [`tour.${row}.step`]: [] } };
    this.#host.edit(stage.isShown ? this.#withStep(empty, row)[0] : empty, this.#host.t("tour_begun"));
    const details = this.#list.querySelector<HTMLDetailsElement>(`#row-tour\\.${row}`);
    for (const each of [details, ...(details?.querySelectorAll("details") ?? [])]) if (each) each.open = true;
    details?.querySelector("input")?.focus();
  }

  #named(row: string, title: string): Record<string, string> {
    const { state } = this.#host;
    const own = valueOf(state, `tour.${row}.id`);
    if (!row.startsWith("n") || !NEW_ID.test(own) || !title.trim()) return {};
    const others = rowsOf(state, "tour").filter((each) => each !== row).map((each) => valueOf(state, `tour.${each}.id`));
    return { [`tour.${row}.id`]: freeId(title, others, own) };
  }

  #tour(row: string, at: number): HTMLElement {
    const { t, state } = this.#host;
    const name = `tour.${row}`;
    const steps = rowsOf(state, `${name}.step`);
    const of = `${t("tour")} ${at + 1}`;
    const press = (word: string, run: () => void, isOff = false) => buttonOf(`${name} ${word}`, t(word), run, of, isOff);
    const isPlaying = this.#playing === row;
    const play = buttonOf(`${name} play`, t(isPlaying ? "stop" : "play"), () => (isPlaying ? this.stop() : void this.#play(row)), of, !steps.length);
    return h("li", {}, h("details", { id: `row-${name}` },
      h("summary", {}, `${at + 1}. `, shownValue(this.#host, `${name}.title`, t("no_name"))),
      fieldOf(this.#host, `${name}.title`, t("name"), "line", (title) => this.#named(row, title)),
      fieldOf(this.#host, `${name}.summary`, t("summary"), "text"),
      h("p", { class: "buttons" }, press("add_step", () => this.#addStep(row)), play, press("remove", () => this.#removeTour(row))),
      h("ol", { class: "rows" }, ...steps.map((step, place) => this.#step(name, step, place, steps.length))),
    ));
  }

  #step(tour: string, row: string, at: number, count: number): HTMLElement {
    const { t, state, place } = this.#host;
    const array = `${tour}.step`;
    const name = `${array}.${row}`;
    const of = `${t("step")} ${at + 1}`;
    const press = (word: string, run: () => void, isOff = false) => buttonOf(`${name} ${word}`, t(word), run, of, isOff);
    const move = (by: -1 | 1) => this.#host.edit(withMovedRow(this.#host.state, array, row, by));
    const none = ["", t("none")] as const;
    const annotations = annotationsOf(this.#host).map((each, number) =>
      [valueOf(state, `annotation.${each}.id`), `${number + 1}. ${valueOf(state, `annotation.${each}.title`)}`] as const);
    const sounds = place.sounds.map((each) => [each.id, each.title] as const);
    return h("li", {}, h("details", { id: `row-${name}` },
      h("summary", {}, `${of} – `, shownValue(this.#host, `${name}.text`, t("no_text"))),
      fieldOf(this.#host, `${name}.text`, t("text"), "text"),
      choiceOf(this.#host, `${name}.annotation`, t("annotation"), [none, ...annotations]),
      choiceOf(this.#host, `${name}.sound`, t("sound"), [none, ...sounds]),
      ...this.#captionsFields(valueOf(state, `${name}.sound`), name),
      fieldOf(this.#host, `${name}.duration_s`, t("seconds"), "number"),
      h("p", { class: "buttons" }, press("go_there", () => this.#goTo(name)), press("take_view", () => this.#takeView(name))),
      h("p", { class: "buttons" }, press("up", () => move(-1), at === 0), press("down", () => move(1), at === count - 1),
        press("remove", () => this.#removeStep(tour, row))),
    ));
  }

  /** Return the fields for the captions of a sound; none without a sound. */
  #captionsFields(id: string, step: string): HTMLElement[] {
    const [row, sound] = [this.#mediumOf(id), this.#host.place.sounds.find((each) => each.id === id)];
    return row === undefined || !sound ? [] : captionsFields(this.#host, this.#csrf, sound, row, step);
  }

  /** Return the row of a sound among the media. */
  #mediumOf(sound: string): string | undefined {
    const { state } = this.#host;
    return rowsOf(state, "media").find((row) => sound && valueOf(state, `media.${row}.id`) === sound);
  }

  #addStep(tour: string): void {
    const { state, stage } = this.#host;
    if (!stage.isShown) return this.#host.say(this.#host.t("cannot_show"));
    const [next, row] = this.#withStep(state, tour);
    this.#host.edit(next, this.#host.t("step_added", { number: String(rowsOf(next, `tour.${tour}.step`).length) }));
    const details = this.#list.querySelector<HTMLDetailsElement>(`#${CSS.escape(`row-tour.${tour}.step.${row}`)}`);
    if (details) details.open = true;
  }

  /** Add a step of the view of now, about the annotation that was chosen last. Return its row, too. */
  #withStep(state: SceneState, tour: string): [SceneState, string] {
    const chosen = this.#chosenAnnotation();
    const camera = Object.entries(cameraFields(this.#host.stage.view)).map(([key, value]) => [`camera.${key}`, value]);
    const annotation = chosen === undefined ? "" : valueOf(state, `annotation.${chosen}.id`);
    return withRow(state, `tour.${tour}.step`, { text: "", annotation, sound: "", duration_s: USUAL_S, ...Object.fromEntries(camera) });
  }

  #goTo(step: string): void {
    const { stage, state } = this.#host;
    if (!stage.isShown) return;
    const view = viewOfStep(state, step, stage.view, stage.diagonal / 2);
    if (view) stage.setView(view);
  }

  #takeView(step: string): void {
    if (!this.#host.stage.isShown) return this.#host.say(this.#host.t("cannot_show"));
    const fields = Object.entries(cameraFields(this.#host.stage.view)).map(([key, value]) => [`${step}.camera.${key}`, value]);
    this.#host.edit(withValues(this.#host.state, Object.fromEntries(fields)), this.#host.t("view_taken"));
  }

  #removeStep(tour: string, row: string): void {
    this.#host.edit(withoutRow(this.#host.state, `${tour}.step`, row), this.#host.t("removed"));
    this.#list.querySelector<HTMLElement>(`[data-do="${CSS.escape(`${tour} add_step`)}"]`)?.focus();
  }

  #removeTour(row: string): void {
    this.stop();
    this.#host.edit(withoutRow(this.#host.state, "tour", row), this.#host.t("removed"));
    this.element.querySelector<HTMLElement>("[data-do=new-tour]")?.focus();
  }

  stop(): void {
    this.player.stop();
    this.#playing = undefined;
    this.draw();
  }

  async #play(row: string): Promise<void> {
    const { state, stage, place } = this.#host;
    if (!stage.isShown) return this.#host.say(this.#host.t("cannot_show"));
    const steps = rowsOf(state, `tour.${row}.step`).map((each): PlayedStep => {
      const name = `tour.${row}.step.${each}`;
      const sound = place.sounds.find(({ id }) => id === valueOf(state, `${name}.sound`));
      const medium = sound && this.#mediumOf(sound.id);
      const captions = medium === undefined ? "" : valueOf(state, `media.${medium}.captions`);
      return {
        view: viewOfStep(state, name, stage.view, stage.diagonal / 2),
        text: valueOf(state, `${name}.text`),
        seconds: parseNumber(valueOf(state, `${name}.duration_s`)) ?? Number(USUAL_S),
        sound: sound?.url ?? "",
        captions: sound && captions ? `${sound.captions}?name=${encodeURIComponent(captions)}` : "",
      };
    });
    this.#playing = row;
    this.draw();
    await this.player.play(steps, (step, at) => {
      if (step.view) stage.setView(step.view);
      this.#host.say([`${this.#host.t("step")} ${decimals(at + 1, 0)}`, step.text].filter(Boolean).join(". "));
    });
    if (this.player.isPlaying || this.#playing !== row) return;
    this.#playing = undefined;
    this.draw();
  }
}
