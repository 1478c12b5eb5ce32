// Level ground of a scan, and a real length of it or of an authored model, pointed at on the model; they go into its
// notes, for the next build.
import { h } from "../dom";
import type { Vector3 } from "../geo/pose";
import { decimals, metresText, parseNumber } from "./rounding";
import { buttonOf, labelled, redrawn } from "./scene_controls";
import type { NotesKey, SceneHost, ScenePanel } from "./scene_host";
import { sendNotes } from "./scene_saving";
import type { Hit } from "./scene_stage";

/** How many points each key of the notes needs. */
const KEYS: Readonly<Record<NotesKey, number>> = { ground: 3, height: 2 };
const MODE = "notes-";

export class ScanEditor implements ScenePanel {
  readonly element = h("section", { "aria-labelledby": "scan" });
  readonly #host: SceneHost;
  readonly #csrf: () => string;
  readonly #heading = h("h2", { id: "scan" });
  readonly #content = h("div");
  #points: Record<NotesKey, readonly Vector3[]> = { ground: [], height: [] };
  #shown = "";

  constructor(host: SceneHost, csrf: () => string) {
    this.#host = host;
    this.#csrf = csrf;
    this.element.append(this.#heading, this.#content);
  }

  /** Take a click on the model; return whether it was for the notes. */
  pick(hit: Hit): boolean {
    const key = (Object.keys(KEYS) as NotesKey[]).find((each) => this.#host.mode === MODE + each);
    if (key) this.#add(key, hit);
    return !!key;
  }

  draw(): void {
    const { place, shown } = this.#host;
    if (this.#shown !== shown) this.#points = { ground: [], height: [] };
    this.#shown = shown;
    const keys = place.states.find(({ id }) => id === shown)?.notes ?? [];
    this.element.hidden = !keys.length;
    this.#heading.textContent = this.#host.t(keys.includes("ground") ? "scan" : "authored");
    const metres = h("input", { id: "real-metres", "data-do": "real-metres", inputmode: "decimal", autocomplete: "off" });
    metres.value = this.#content.querySelector<HTMLInputElement>("#real-metres")?.value ?? "";
    const fields = { ground: [], height: [labelled(metres, this.#host.t("real_metres"))] };
    redrawn(this.#content, h("p", { class: "of" }, this.#host.t("scan_notes")), ...keys.map((key) => this.#part(key, ...fields[key])));
  }

  #part(key: NotesKey, ...fields: readonly HTMLElement[]): HTMLElement {
    const { t, mode } = this.#host;
    const points = this.#points[key];
    const press = (does: string, run: () => void, isOff = false) => buttonOf(`${key} ${does}`, t(does), run, t(`scan_${key}`), isOff);
    const click = press("point_click", () => this.#host.setMode(mode === MODE + key ? "" : MODE + key));
    click.dataset["mode"] = MODE + key;
    click.setAttribute("aria-pressed", String(mode === MODE + key));
    const isWhole = points.length === KEYS[key];
    return h("div", { role: "group", "aria-labelledby": `h-scan-${key}` },
      h("h3", { id: `h-scan-${key}` }, t(`scan_${key}`)),
      h("p", { class: "of" }, t("points_of", { count: String(points.length), all: String(KEYS[key]) }), ...this.#length(key)),
      ...fields,
      h("p", { class: "buttons" }, click, press("point_centre", () => this.#addCentre(key)), press("points_again", () => this.#set(key, []), !points.length)),
      h("p", { class: "buttons" }, press("write_notes", () => void this.#send(key, points), !isWhole), press("as_usual", () => void this.#send(key, []))),
    );
  }

  /** Say how long the model is between two points. */
  #length(key: NotesKey): string[] {
    const [from, to] = this.#points[key];
    if (key !== "height" || !from || !to) return [];
    return [` ${this.#host.t("length_now", { metres: decimals(Math.hypot(...from.map((value, axis) => value - (to[axis] ?? 0))), 3) })}`];
  }

  #addCentre(key: NotesKey): void {
    const hit = this.#host.stage.seenAt(0.5, 0.5);
    if (hit) this.#add(key, hit);
    else this.#host.say(this.#host.t("nothing_there"));
  }

  #add(key: NotesKey, hit: Hit): void {
    const points = [...this.#points[key], hit.point].slice(-KEYS[key]);
    if (points.length === KEYS[key]) this.#host.setMode("");
    this.#set(key, points);
  }

  #set(key: NotesKey, points: readonly Vector3[]): void {
    this.#points = { ...this.#points, [key]: points };
    this.draw();
    this.#host.say(this.#host.t("points_of", { count: String(points.length), all: String(KEYS[key]) }));
  }

  async #send(key: NotesKey, points: readonly Vector3[]): Promise<void> {
    const { t } = this.#host;
    const metres = this.#content.querySelector<HTMLInputElement>("#real-metres")?.value ?? "";
    if (key === "height" && points.length && !((parseNumber(metres) ?? 0) > 0)) return this.#host.say(t("metres_first"));
    try {
      const said = await sendNotes(`${location.pathname}/notes`, { csrf: this.#csrf(), state: this.#shown, key, metres, points: points.map(metresText).join(" ") });
      this.#host.say(said.join(" – "));
    } catch {
      this.#host.say(t("no_answer"));
    }
  }
}
