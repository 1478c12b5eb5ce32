// Where a state stands on the Earth: north, the height of its ground, and how it lies on another state.
import { h } from "../dom";
import { alignStates, invertAlignment, movedPose, rotateAboutUp, transformPoint, type Vector3, yawOf } from "../geo/pose";
import type { Pose, State } from "../schema";
import { decimals, degreesText, parseNumber } from "./rounding";
import { buttonOf, fieldOf, labelled, redrawn, selectOf } from "./scene_controls";
import type { SceneHost, ScenePanel } from "./scene_host";
import { type Hit, SceneStage } from "./scene_stage";
import { type SceneState, valueOf, withValues } from "./scene_state";
import { stateRow } from "./view_editor";

export const NORTH = "north";
export const GROUND = "ground";
const FIELDS = ["lon", "lat", "height_m", "yaw_deg"] as const;
/** Of a degree of latitude or longitude: a tenth of a millimetre. */
const PLACE_DIGITS = 9;
/** Metres and degrees of one press of a button or key. */
const STEPS = [["10", "10 m, 10°"], ["1", "1 m, 1°"], ["0.1", "0.1 m, 0.1°"], ["0.01", "0.01 m, 0.1°"]] as const;
const LEAST_TURN = 0.1;

interface Move {
  east?: number;
  north?: number;
  up?: number;
  turn?: number;
}

const MOVES: Readonly<Record<string, Move>> = {
  west: { east: -1 }, east: { east: 1 }, north: { north: 1 }, south: { north: -1 }, higher: { up: 1 }, lower: { up: -1 },
  turn_left: { turn: 1 }, turn_right: { turn: -1 },
};
const KEYS: Readonly<Record<string, string>> = {
  ArrowLeft: "west", ArrowRight: "east", ArrowUp: "north", ArrowDown: "south", PageUp: "higher", PageDown: "lower",
  Home: "turn_left", End: "turn_right",
};

/** Return the yaw of a model in which a direction, of its own axes, points north: degrees from east to north. */
export function yawOfNorth([x, , z]: Vector3): number {
  const degrees = 90 - (Math.atan2(-z, x) * 180) / Math.PI;
  return degrees - 360 * Math.round(degrees / 360);
}

/** Return the pose of a row of states; undefined where its position is not filled in. */
export function poseOfFields(state: SceneState, row: string): Pose | undefined {
  const [lon, lat, height_m, yaw_deg] = FIELDS.map((key) => parseNumber(valueOf(state, `${row}.geopose.${key}`)));
  if (lon === undefined || lat === undefined) return undefined;
  const half = ((yaw_deg ?? 0) * Math.PI) / 360;
  const pose: Pose = { lon, lat, quaternion: [0, 0, Math.sin(half), Math.cos(half)] };
  return { ...pose, ...(height_m === undefined ? {} : { height_m }), ...(yaw_deg === undefined ? {} : { yaw_deg }) };
}

/** Return the fields of a pose. */
export function poseFields(row: string, pose: Pose): Record<string, string> {
  const yaw = (yawOf(pose) * 180) / Math.PI;
  return {
    [`${row}.geopose.lon`]: decimals(pose.lon, PLACE_DIGITS), [`${row}.geopose.lat`]: decimals(pose.lat, PLACE_DIGITS),
    [`${row}.geopose.height_m`]: decimals(pose.height_m ?? 0, 4), [`${row}.geopose.yaw_deg`]: degreesText(yaw),
  };
}

export class FitEditor implements ScenePanel {
  readonly element = h("section", { "aria-labelledby": "fit" });
  readonly #host: SceneHost;
  readonly #content = h("div");
  #from: Hit | undefined;
  #other: { id: string; stage: SceneStage } | undefined;
  #share = 50;
  #step = "1";

  constructor(host: SceneHost) {
    this.#host = host;
    this.element.append(h("h2", { id: "fit" }, host.t("fit")), this.#content);
    host.stage.viewer.addEventListener("camera-change", () => this.#follow());
  }

  draw(): void {
    const { t } = this.#host;
    const row = stateRow(this.#host);
    if (row === undefined) return redrawn(this.#content);
    if (this.#other?.id === this.#host.shown) this.#removeOther();
    const field = (key: string, of = row) => fieldOf(this.#host, `${of}.geopose.${key}`, t(key), "number", () => (queueMicrotask(() => this.#follow()), {}));
    const mode = (name: string) => {
      const button = buttonOf(`mode-${name}`, t(`click_${name}`), () => ((this.#from = undefined), this.#host.setMode(this.#host.mode === name ? "" : name)));
      button.dataset["mode"] = name;
      button.setAttribute("aria-pressed", String(this.#host.mode === name));
      return button;
    };
    const ground = h("input", { id: "ground-height", "data-do": "ground-height", inputmode: "decimal", autocomplete: "off" });
    ground.value = this.#content.querySelector<HTMLInputElement>("#ground-height")?.value ?? "";
    redrawn(
      this.#content,
      h("p", { class: "buttons" }, buttonOf("look-north", t("look_north"), () => this.#host.stage.isShown && this.#setYaw(-this.#host.stage.view.theta)), mode(NORTH)),
      labelled(ground, t("ground_height")),
      h("p", { class: "buttons" }, buttonOf("ground-centre", t("ground_centre"), () => this.#setGround(this.#host.stage.seenAt(0.5, 0.5))), mode(GROUND)),
      ...FIELDS.map((key) => field(key)),
      ...this.#overlay(field),
    );
    this.#follow();
  }

  /** Take a click on the model. */
  pick(hit: Hit): void {
    const { mode, t } = this.#host;
    if (mode === GROUND) {
      this.#host.setMode("");
      return this.#setGround(hit);
    }
    if (!this.#from) {
      this.#from = hit;
      return this.#host.say(t("click_again"));
    }
    const [x, y, z] = hit.point.map((value, axis) => value - (this.#from?.point[axis] ?? 0)) as [number, number, number];
    this.#from = undefined;
    this.#host.setMode("");
    if (Math.hypot(x, z) > 0) this.#setYaw((yawOfNorth([x, y, z]) * Math.PI) / 180);
  }

  /** The position of a state, else that of the place. */
  #positionFields(row: string): Record<string, string> {
    const { state, place } = this.#host;
    if (poseOfFields(state, row) || !place.position) return {};
    const [lon, lat] = place.position;
    return { [`${row}.geopose.lon`]: String(lon), [`${row}.geopose.lat`]: String(lat) };
  }

  #setYaw(radians: number): void {
    const row = stateRow(this.#host);
    if (row === undefined) return;
    const degrees = (radians * 180) / Math.PI;
    const yaw = degreesText(degrees - 360 * Math.round(degrees / 360));
    this.#host.edit(withValues(this.#host.state, { ...this.#positionFields(row), [`${row}.geopose.yaw_deg`]: yaw }), this.#host.t("north_set", { degrees: yaw }));
  }

  /** Set the height of the model so that a point lies at the height of the field. */
  #setGround(hit: Hit | undefined): void {
    const { t, state } = this.#host;
    const row = stateRow(this.#host);
    const height = parseNumber(this.#content.querySelector<HTMLInputElement>("#ground-height")?.value ?? "");
    if (row === undefined || height === undefined) return this.#host.say(t("height_first"));
    if (!hit) return this.#host.say(t("nothing_there"));
    const own = decimals(height - hit.point[1], 4);
    this.#host.edit(withValues(state, { ...this.#positionFields(row), [`${row}.geopose.height_m`]: own }), t("ground_set", { height: own }));
  }

  // The other state, which is laid over the one that is shown, and moved.

  #overlay(field: (key: string, of: string) => HTMLElement): HTMLElement[] {
    const { t, place, shown } = this.#host;
    const others = place.states.filter(({ id, model }) => model && id !== shown);
    if (!others.length) return [];
    const choices = [["", t("none")] as const, ...others.map(({ id, title }) => [id, title] as const)];
    const choice = labelled(selectOf("other", choices, this.#other?.id ?? "", (id) => void this.#lay(id)), t("other_state"));
    const row = this.#otherRow;
    if (row === undefined) return [h("h3", {}, t("lay_over")), choice];
    const share = h("input", { id: "share", "data-do": "share", type: "range", min: 0, max: 100, step: 5, value: this.#share });
    share.addEventListener("input", () => this.#mix(Number(share.value)));
    const steps = selectOf("fit-step", STEPS, this.#step, (step) => (this.#step = step));
    const buttons = Object.keys(MOVES).map((name) => buttonOf(`fit ${name}`, t(name), () => this.#move(name)));
    const pad = h("p", { class: "buttons", role: "group", "aria-label": t("lay_over") }, ...buttons);
    pad.addEventListener("keydown", (event) => this.#onKey(event));
    return [
      h("h3", {}, t("lay_over")), choice, labelled(share, t("share")), labelled(steps, t("fit_step")), pad,
      h("p", { class: "of" }, t("fit_keys")), ...FIELDS.map((key) => field(key, row)),
    ];
  }

  get #otherRow(): string | undefined {
    return this.#other && stateRow({ state: this.#host.state, shown: this.#other.id });
  }

  async #lay(id: string): Promise<void> {
    this.#removeOther();
    const { place, stage, t } = this.#host;
    const found = place.states.find((each) => each.id === id);
    if (!found) return this.draw();
    const other = new SceneStage();
    this.#other = { id, stage: other };
    other.element.classList.add("over");
    other.element.inert = true;
    stage.element.append(other.element);
    other.onAttached();
    try {
      await other.show(found.model, t("model_of", { title: found.title }));
    } catch {
      this.#removeOther();
      this.#host.say(t("cannot_show"));
      return this.draw();
    }
    if (this.#other?.stage !== other) return;
    for (const each of [stage, other]) each.reachAtLeast(Math.max(stage.diagonal, other.diagonal));
    this.#mix(this.#share);
    this.#host.say(t("laid_over", { title: found.title }));
    this.draw();
  }

  #removeOther(): void {
    this.#other?.stage.element.remove();
    this.#other = undefined;
  }

  #mix(share: number): void {
    this.#share = share;
    if (this.#other) this.#other.stage.element.style.opacity = String(share / 100);
  }

  /** Show the other state from where the first one is seen. */
  #follow(): void {
    const own = stateRow(this.#host);
    const row = this.#otherRow;
    const { stage, state } = this.#host;
    if (own === undefined || row === undefined || !this.#other?.stage.isShown || !stage.isShown) return;
    const alignment = alignStates(placed(state, own, stage), placed(state, row, this.#other.stage));
    const view = stage.drawnView;
    this.#other.stage.setDrawnView({ ...view, theta: view.theta + alignment.turn, target: transformPoint(view.target, alignment) });
  }

  #onKey(event: KeyboardEvent): void {
    const name = KEYS[event.key];
    if (!name || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#move(name);
  }

  #move(name: string): void {
    const own = stateRow(this.#host);
    const row = this.#otherRow;
    const { t, stage, state } = this.#host;
    if (own === undefined || row === undefined || !this.#other?.stage.isShown) return;
    const first = { ...this.#positionFields(own) };
    const whole = withValues(state, first);
    const base = poseOfFields(whole, own);
    if (!base) return this.#host.say(t("position_first"));
    const known = poseOfFields(whole, row);
    const pose = known ?? standingOn(base, placed(whole, own, stage), placed(whole, row, this.#other.stage));
    const { east = 0, north = 0, up = 0, turn = 0 } = MOVES[name] ?? {};
    const isMoved = { lon: east, lat: north, height_m: up, yaw_deg: turn };
    const step = Number(this.#step);
    const moved = movedPose(pose, [east * step, up * step, -north * step], (turn * Math.max(step, LEAST_TURN) * Math.PI) / 180);
    // What is not moved stays as it is written.
    const fields = FIELDS.filter((key) => !known || isMoved[key]).map((key) => `${row}.geopose.${key}`);
    const values = poseFields(row, moved);
    this.#host.edit(withValues(whole, Object.fromEntries(fields.map((field) => [field, values[field] ?? ""]))), t("fit_moved"));
  }
}

/** Return the pose of a state that has none: as it lies on another, both with the middle of their ground at one place. */
export function standingOn(base: Pose, own: Pick<State, "pose" | "bounds_m">, other: Pick<State, "pose" | "bounds_m">): Pose {
  const back = invertAlignment(alignStates({ ...own, pose: base }, other));
  return movedPose(base, rotateAboutUp(transformPoint([0, 0, 0], back), yawOf(base)), 0);
}

function placed(state: SceneState, row: string, stage: SceneStage): Pick<State, "pose" | "bounds_m"> {
  const pose = poseOfFields(state, row);
  return { bounds_m: stage.bounds, ...(pose ? { pose } : {}) };
}
