// Annotations: placed by a click or by keyboard, moved, named, and listed.
import { h } from "../dom";
import { facingView } from "../models/camera";
import { directionText, metresText, parseTriple } from "./rounding";
import { buttonOf, fieldOf, labelled, redrawn, selectOf, shownValue } from "./scene_controls";
import type { SceneHost, ScenePanel } from "./scene_host";
import type { Hit, Pin } from "./scene_stage";
import { freeId, rowsOf, type SceneState, valueOf, withMovedRow, withoutRow, withRow, withValues } from "./scene_state";

const ARRAY = "annotation";
export const PLACE = "place";
/** Places of the view to aim at, by the name of their word: across and down, from 0 to 1. */
export const AIMS: Readonly<Record<string, readonly [number, number]>> = {
  centre: [0.5, 0.5], above: [0.5, 0.3], below: [0.5, 0.7], left: [0.3, 0.5], right: [0.7, 0.5],
  above_left: [0.3, 0.3], above_right: [0.7, 0.3], below_left: [0.3, 0.7], below_right: [0.7, 0.7],
};
const NUDGES: Readonly<Record<string, readonly [number, number]>> = {
  move_left: [-1, 0], move_right: [1, 0], move_up: [0, -1], move_down: [0, 1],
};
/** Pixels that a button moves a pin. */
const NUDGE_PX = 8;
/** After the last movement of the camera, what is aimed at is looked for. */
const SETTLED_MS = 150;
const NEW_ID = /^annotation-\d+$/;

/** Return the rows of the annotations of a state. */
export function annotationsOf(host: Pick<SceneHost, "state" | "shown">): readonly string[] {
  return rowsOf(host.state, ARRAY).filter((row) => valueOf(host.state, `${ARRAY}.${row}.state`) === host.shown);
}

export function hitOf(state: SceneState, row: string): Hit | undefined {
  const [point, normal] = ["point", "normal"].map((key) => parseTriple(valueOf(state, `${ARRAY}.${row}.${key}`)));
  return point && normal && { point, normal };
}

export class AnnotationEditor implements ScenePanel {
  readonly element = h("section", { "aria-labelledby": "annotations" });
  readonly #host: SceneHost;
  readonly #list = h("div");
  readonly #clickButton: HTMLButtonElement;
  readonly #aims: HTMLSelectElement;
  #chosen: string | undefined;
  #settling: ReturnType<typeof setTimeout> | undefined;

  constructor(host: SceneHost) {
    this.#host = host;
    this.#clickButton = buttonOf("place-click", host.t("place_click"), () => host.setMode(host.mode === PLACE ? "" : PLACE));
    this.#clickButton.dataset["mode"] = PLACE;
    this.#clickButton.setAttribute("aria-pressed", "false");
    const words = Object.keys(AIMS).map((name) => [name, host.t(`aim_${name}`)] as const);
    this.#aims = selectOf("aim", words, "centre", () => this.#showAim());
    const place = buttonOf("place-aim", host.t("place_aim"), () => this.#placeAimed());
    this.element.append(
      h("h2", { id: "annotations" }, host.t("annotations")),
      h("p", { class: "buttons" }, this.#clickButton),
      h("div", { class: "aims", role: "group", "aria-label": host.t("by_keyboard") }, labelled(this.#aims, host.t("aim")), place),
      this.#list,
    );
    for (const name of ["focusin", "focusout"]) this.element.addEventListener(name, () => this.#showAim());
    host.stage.viewer.addEventListener("camera-change", () => {
      clearTimeout(this.#settling);
      this.#settling = setTimeout(() => this.#showAim(), SETTLED_MS);
    });
  }

  /** The annotation that was chosen last, if it is shown. */
  get chosen(): string | undefined {
    return annotationsOf(this.#host).find((row) => row === this.#chosen);
  }

  /** Place an annotation, and go to its name. */
  place(hit: Hit): void {
    const { state, shown } = this.#host;
    const ids = rowsOf(state, ARRAY).map((row) => valueOf(state, `${ARRAY}.${row}.id`));
    const id = freeId("", ids, `annotation-${ids.length + 1}`);
    const [next, row] = withRow(state, ARRAY, { id, state: shown, point: metresText(hit.point), normal: directionText(hit.normal), title: "" });
    this.#chosen = row;
    this.#host.setMode("");
    this.#host.edit(next, this.#host.t("placed"));
    this.#open(row)?.querySelector<HTMLElement>("input")?.focus();
  }

  move(row: string, hit: Hit): void {
    const name = `${ARRAY}.${row}`;
    this.#chosen = row;
    this.#host.edit(withValues(this.#host.state, { [`${name}.point`]: metresText(hit.point), [`${name}.normal`]: directionText(hit.normal) }), this.#host.t("moved"));
  }

  /** Move an annotation along the surface, by pixels of the view. */
  nudge(row: string, right: number, down: number): void {
    const hit = this.#host.stage.seenBeside(row, right, down);
    if (hit) this.move(row, hit);
    else this.#host.say(this.#host.t("nothing_there"));
  }

  choose(row: string): void {
    this.#chosen = row;
    this.#host.draw();
    this.#open(row)?.querySelector("summary")?.focus();
  }

  /** Look at an annotation as visitors will, when they choose it. */
  lookAt(row: string): void {
    const { stage, state } = this.#host;
    const hit = hitOf(state, row);
    if (hit && stage.isShown) stage.setView(facingView(stage.view, hit, stage.diagonal / 2));
    this.#chosen = row;
    this.drawPins();
  }

  draw(): void {
    const rows = annotationsOf(this.#host);
    const list = h("ol", { class: "rows" }, ...rows.map((row, at) => this.#item(row, at, rows)));
    redrawn(this.#list, rows.length ? list : h("p", { class: "of" }, this.#host.t("no_annotations")));
    this.drawPins();
  }

  /** Have the pins follow the fields. */
  drawPins(): void {
    const { state } = this.#host;
    const pins = annotationsOf(this.#host).flatMap((row, at): Pin[] => {
      const hit = hitOf(state, row);
      const label = `${at + 1}. ${valueOf(state, `${ARRAY}.${row}.title`) || this.#host.t("no_name")}`;
      return hit ? [{ ...hit, id: row, sign: String(at + 1), label, isChosen: row === this.#chosen }] : [];
    });
    this.#host.stage.setPins(pins);
  }

  #item(row: string, at: number, rows: readonly string[]): HTMLElement {
    const { place, t } = this.#host;
    const name = `${ARRAY}.${row}`;
    const of = `${t("annotation")} ${at + 1}`;
    const press = (word: string, run: () => void, isOff = false) => buttonOf(`${name} ${word}`, t(word), run, of, isOff);
    const move = (by: -1 | 1) => this.#host.edit(withMovedRow(this.#host.state, ARRAY, row, by, rows));
    const nudges = Object.entries(NUDGES).map(([word, [right, down]]) => press(word, () => this.nudge(row, right * NUDGE_PX, down * NUDGE_PX)));
    return h("li", {}, h("details", { id: `row-${name}`, "data-row": row },
      h("summary", {}, `${at + 1}. `, shownValue(this.#host, `${name}.title`, t("no_name"))),
      fieldOf(this.#host, `${name}.title`, t("name"), "line", (title) => this.#named(row, title)),
      ...Object.entries(place.texts).map(([key, label]) => fieldOf(this.#host, `${name}.${key}`, label, "text")),
      h("p", { class: "buttons" }, press("look", () => this.lookAt(row)), press("move_here", () => this.#moveHere(row))),
      h("p", { class: "buttons", role: "group", "aria-label": `${t("along")} ${of}` }, ...nudges),
      h("p", { class: "buttons" }, press("up", () => move(-1), at === 0), press("down", () => move(1), at === rows.length - 1), press("remove", () => this.#remove(row))),
    ));
  }

  /** Name a new annotation for links after its title. */
  #named(row: string, title: string): Record<string, string> {
    const { state } = this.#host;
    const name = `${ARRAY}.${row}.id`;
    const own = valueOf(state, name);
    if (!row.startsWith("n") || !NEW_ID.test(own) || !title.trim() || stepsWith(state, own).length) return {};
    const others = rowsOf(state, ARRAY).filter((each) => each !== row).map((each) => valueOf(state, `${ARRAY}.${each}.id`));
    return { [name]: freeId(title, others, own) };
  }

  #remove(row: string): void {
    const { state } = this.#host;
    const steps = stepsWith(state, valueOf(state, `${ARRAY}.${row}.id`));
    const without = withValues(withoutRow(state, ARRAY, row), Object.fromEntries(steps.map((step) => [`${step}.annotation`, ""])));
    this.#host.edit(without, this.#host.t(steps.length ? "removed_from_tours" : "removed", { count: String(steps.length) }));
    this.#clickButton.focus();
  }

  #moveHere(row: string): void {
    const hit = this.#aimed();
    if (hit) this.move(row, hit);
    else this.#host.say(this.#host.t("nothing_there"));
  }

  #placeAimed(): void {
    const hit = this.#aimed();
    if (hit) this.place(hit);
    else this.#host.say(this.#host.t("nothing_there"));
  }

  #aimed(): Hit | undefined {
    const [across, down] = AIMS[this.#aims.value] ?? [0.5, 0.5];
    return this.#host.stage.seenAt(across, down);
  }

  /** Show what is aimed at, while the visitor is here or at the model. */
  #showAim(): void {
    const isHere = this.element.contains(document.activeElement) || this.#host.stage.element.contains(document.activeElement);
    this.#host.stage.aim(isHere ? this.#aimed() : undefined);
  }

  #open(row: string): HTMLDetailsElement | null {
    const details = this.#list.querySelector<HTMLDetailsElement>(`[data-row="${row}"]`);
    if (details) details.open = true;
    details?.scrollIntoView({ block: "nearest" });
    return details;
  }
}

/** Return the names of the steps of tours that name an annotation. */
function stepsWith(state: SceneState, id: string): string[] {
  const tours = rowsOf(state, "tour").map((tour) => `tour.${tour}.step`);
  const steps = tours.flatMap((array) => rowsOf(state, array).map((row) => `${array}.${row}`));
  return id ? steps.filter((step) => valueOf(state, `${step}.annotation`) === id) : [];
}
