// Sunlight at the location, by date and time. It is computed, as the panel states.
import { h } from "../dom";
import { isOriented, toEarthAxes, type Vector3 } from "../geo/pose";
import { compassPoint } from "../geo/sphere";
import { instant, type Sun, sunAt } from "../geo/sun";
import type { Model } from "../models/model";
import type { Lighting } from "../models/model_viewer_internals";
import type { Pose, State } from "../schema";
import type { PanelHost } from "./panel_host";

/** Time zone of all sites of the catalogue. */
const ZONE = "Europe/Paris";
const RADIANS = Math.PI / 180;
const UNLIT = "KHR_materials_unlit";

/** Return whether a state can be lit: its north is known, and its materials react to light. */
export function canLight(state: State): boolean {
  return isOriented(state) && !state.levels.some((level) => level.extensions.includes(UNLIT));
}

export class Daylight {
  readonly panel: HTMLElement;
  readonly #host: PanelHost;
  readonly #other: () => Model | undefined;
  readonly #status = h("p", { role: "status" });
  readonly #day: HTMLInputElement;
  readonly #hour: HTMLInputElement;
  readonly #hourText = h("output", { "aria-hidden": "true" });
  #isOn = false;

  /** other : return the second model of a comparison */
  constructor(host: PanelHost, other: () => Model | undefined) {
    this.#host = host;
    this.#other = other;
    const { words } = host;
    const change = () => this.#set(true);
    this.#day = h("input", { type: "date", value: new Date().toISOString().slice(0, 10), min: "1900-01-01", max: "2100-12-31", onchange: change });
    this.#hour = h("input", { type: "range", min: 0, max: 24, step: 0.25, value: 10, "aria-label": words.t("hour"), oninput: change });
    this.panel = h("div", { class: "daylight" },
      h("p", {}, words.t("light_help")),
      h("label", { class: "choice" }, words.t("day"), this.#day),
      h("label", { class: "hour" }, `${words.t("hour")} `, this.#hourText), this.#hour,
      this.#status,
      h("div", { class: "row" }, h("button", { type: "button", "data-do": "usual_light", onclick: () => this.#set(false) }, words.t("usual_light"))),
      ...(host.site.is_demonstration ? [h("p", { class: "of" }, words.t("simulated_place"))] : []));
  }

  /** Start with the light of the selected time. */
  start(): HTMLElement {
    this.#set(true);
    return this.panel;
  }

  /** Light a model that was loaded later. */
  apply(model: Model): void {
    if (this.#isOn && canLight(model.state)) model.setLighting(sunLighting(this.#sun(model.state.pose as Pose), model.state.pose as Pose));
  }

  #sun(pose: Pose): Sun {
    return sunAt(instant(this.#day.value, Number(this.#hour.value), ZONE), pose.lon, pose.lat);
  }

  #set(isOn: boolean): void {
    const { words, state } = this.#host;
    this.#isOn = isOn && !!this.#day.value;
    const models = [this.#host.model, this.#other()].filter((each) => each !== undefined);
    for (const model of models) this.#isOn ? this.apply(model) : model.setLighting(undefined);
    const hour = words.clock(Number(this.#hour.value));
    this.#hourText.textContent = hour;
    this.#hour.setAttribute("aria-valuetext", hour);
    if (!this.#isOn) return void (this.#status.textContent = words.t("light_is_usual"));
    const { azimuth, elevation } = this.#sun(state.pose as Pose);
    const values = { hour, height: words.degrees(Math.round(elevation)), point: words.t(compassPoint(azimuth)), degrees: words.degrees(azimuth) };
    this.#status.textContent = words.t(elevation > 0 ? "sun_at" : "sun_below", values);
  }
}

/** Return the light of the sun on a model: warmer and weaker at low elevation, dim below the horizon. */
export function sunLighting(sun: Sun, pose: Pose): Lighting {
  const [azimuth, elevation] = [sun.azimuth * RADIANS, sun.elevation * RADIANS];
  const level = Math.cos(elevation);
  const [x, y, z] = toEarthAxes(pose, [Math.sin(azimuth) * level, Math.cos(azimuth) * level, Math.sin(elevation)], true);
  const high = Math.max(0, Math.min(1, sun.elevation / 25));
  const dusk = Math.max(0, Math.min(1, (sun.elevation + 8) / 16));
  const colour: Vector3 = [1, 0.55 + 0.42 * high, 0.28 + 0.62 * high];
  return { from: [x, z, -y], colour, strength: sun.elevation > 0 ? 1.2 + 2.3 * high : 0, around: 0.1 + 0.4 * dusk };
}
