// The side of the poster, and the view that visitors see first: both are taken from where the camera is.
import { h } from "../dom";
import { type CameraView, viewOfCamera } from "../models/camera";
import { degreesText, parseNumber } from "./rounding";
import { buttonOf, redrawn } from "./scene_controls";
import type { SceneHost, ScenePanel } from "./scene_host";
import { rowsOf, valueOf, withValues } from "./scene_state";
import { cameraFields, cameraOfFields } from "./tour_editor";

const SIDE = ["azimuth_deg", "elevation_deg"] as const;
const CAMERA = ["position", "target", "field_deg"] as const;

/** Return the fields of the side that a view looks from. */
export function sideFields({ theta, phi }: Pick<CameraView, "theta" | "phi">): Record<(typeof SIDE)[number], string> {
  const azimuth = (theta * 180) / Math.PI;
  return { azimuth_deg: degreesText(azimuth - 360 * Math.round(azimuth / 360)), elevation_deg: degreesText(90 - (phi * 180) / Math.PI) };
}

export class ViewEditor implements ScenePanel {
  readonly element = h("section", { "aria-labelledby": "views" });
  readonly #host: SceneHost;
  readonly #content = h("div");

  constructor(host: SceneHost) {
    this.#host = host;
    this.element.append(h("h2", { id: "views" }, host.t("views")), this.#content);
  }

  draw(): void {
    const state = stateRow(this.#host);
    if (state === undefined) return redrawn(this.#content);
    redrawn(this.#content, this.#part(`${state}.first_view`, "first_view", CAMERA), this.#part(`${state}.poster`, "poster", SIDE));
  }

  #part(name: string, word: "first_view" | "poster", keys: readonly string[]): HTMLElement {
    const { t, state } = this.#host;
    const isChosen = keys.some((key) => valueOf(state, `${name}.${key}`));
    const press = (does: string, run: () => void, isOff = false) => buttonOf(`${name} ${does}`, t(does), run, t(word), isOff);
    return h("div", { role: "group", "aria-labelledby": `h-${word}` },
      h("h3", { id: `h-${word}` }, t(word)),
      h("p", { class: "of" }, t(isChosen ? `${word}_chosen` : `${word}_usual`)),
      h("p", { class: "buttons" }, press("take_view", () => this.#take(name, word)), press("go_there", () => this.#goTo(name, word), !isChosen),
        press("as_usual", () => this.#host.edit(withValues(state, filled(name, keys)), t(`${word}_usual`)), !isChosen)),
    );
  }

  #take(name: string, word: "first_view" | "poster"): void {
    const { stage, state, t } = this.#host;
    if (!stage.isShown) return this.#host.say(t("cannot_show"));
    const fields: Readonly<Record<string, string>> = word === "poster" ? sideFields(stage.view) : cameraFields(stage.view);
    this.#host.edit(withValues(state, filled(name, Object.keys(fields), fields)), t(`${word}_chosen`));
  }

  #goTo(name: string, word: "first_view" | "poster"): void {
    const { stage, state } = this.#host;
    if (!stage.isShown) return;
    const camera = cameraOfFields(state, name);
    if (word === "first_view" && camera) return stage.setView(viewOfCamera(camera));
    const [azimuth, elevation] = SIDE.map((key) => parseNumber(valueOf(state, `${name}.${key}`)));
    if (azimuth === undefined || elevation === undefined) return;
    stage.setView({ ...stage.wholeView, theta: (azimuth * Math.PI) / 180, phi: ((90 - elevation) * Math.PI) / 180 });
  }
}

/** Return the name of the row of the state that is shown. */
export function stateRow({ state, shown }: Pick<SceneHost, "state" | "shown">): string | undefined {
  const row = rowsOf(state, "state").find((each) => valueOf(state, `state.${each}.id`) === shown);
  return row === undefined ? undefined : `state.${row}`;
}

function filled(name: string, keys: readonly string[], values: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(keys.map((key) => [`${name}.${key}`, values[key] ?? ""]));
}
