// The names on the table model, and what a tap on a place does.
//
// Each place has a link. Where there is no room, places share a button with their number, which leads nearer.
import { h } from "../dom";
import type { Vector3 } from "../geo/pose";
import { type CameraView, viewOfCamera } from "../models/camera";
import type { Model } from "../models/model";
import { nameAt } from "../models/model_viewer_internals";
import type { TablePlace, Territory } from "../schema";
import type { PanelHost } from "../tools/panel_host";
import { plainText } from "../words";
import { type Candidate, layOut, type Placed, roomFor } from "./label_layout";
import { covering, projection, type StageSize } from "./projection";
import { sway } from "./sway";

const FONT = "600 13px";
const AREA_FONT = "500 11px";
/** Of a label beside its text: padding on both sides. */
const PADDING = 18;
/** Height of a pin, as in the styles. */
const STEM_PX = 22;
/** A pointer that moved farther than this turned the model, and did not tap. */
const TAP_PX = 6;
/** Labels move with every frame, and are laid out anew at most this often, in milliseconds. */
const LAYOUT_MS = 120;
/** Share of the stage that a group fills after a tap on it. */
const FILL = 0.55;
/** Least extent of a group, in the model's metres, so that nobody lands on a roof. */
const LEAST_EXTENT = 0.004;
/** Lowest angle from above, so that nobody looks at the table from below. */
const LOWEST = (86 * Math.PI) / 180;
/** Kinds that one sees from afar come first. */
const FIRST = ["terril", "fosse", "chevalement", "etang-affaissement", "cite"];

interface Label {
  place: TablePlace;
  link: HTMLElement;
  group: HTMLButtonElement;
  count: HTMLElement;
  width: number;
}

export class TableLabels {
  readonly element = h("div", { class: "labels" });
  readonly #host: PanelHost;
  readonly #territory: Territory;
  readonly #own: string;
  readonly #labels: Label[];
  readonly #areas: { key: string; point: Vector3; element: HTMLElement; width: number }[];
  readonly #pen = document.createElement("canvas").getContext("2d");
  readonly #stopped = new AbortController();
  /** Width of " + 12". */
  readonly #more: number;
  #model: Model | undefined;
  #placed: Placed[] = [];
  #groups = new Map<string, TablePlace[]>();
  #laidOut = -Infinity;
  #waiting = 0;
  #hovered = "";
  #isUntouched = true;

  /** own : slug of the place whose corner is shown; empty for the whole territory */
  constructor(host: PanelHost, territory: Territory, own: string) {
    this.#host = host;
    this.#territory = territory;
    this.#own = own;
    this.#more = this.#width(" + 12", FONT);
    const rank = ({ slug, kind }: TablePlace) => (slug === own ? -1 : (FIRST.indexOf(kind.code) + FIRST.length + 1) % (FIRST.length + 1));
    this.#labels = [...territory.places].sort((one, other) => rank(one) - rank(other)).map((place) => this.#label(place));
    this.#areas = territory.communes.map(({ insee, name, point, places }) => {
      const element = h("span", { class: `area${places ? "" : " far"}${territory.relief?.has_photo ? " on-photo" : ""}`, "aria-hidden": "true", hidden: true }, name);
      return { key: insee, point, element, width: this.#width(name.toUpperCase(), AREA_FONT) * 1.12 };
    });
    this.element.append(...this.#areas.map((each) => each.element), ...this.#labels.flatMap(({ link, group }) => [link, group]));
    new ResizeObserver(() => this.#resized()).observe(this.element);
  }

  /** Take a model that is about to be drawn: its first view, its lamp, its labels. */
  apply(model: Model): void {
    if (this.#own) model.light(this.#own);
    if (this.#model === model) return;
    this.#model = model;
    const { viewer } = model;
    model.keepAbove(LOWEST);
    model.firstView = () => this.#firstView(model);
    model.resetView(true);
    const { signal } = this.#stopped;
    viewer.addEventListener("camera-change", (event) => {
      if ((event as CustomEvent<{ source?: string }>).detail?.source === "user-interaction") this.#touch(true);
      this.#moved();
    }, { signal });
    this.#listen(viewer, signal);
    const isOver = () => signal.aborted || !this.#isUntouched;
    if (!this.#own) viewer.addEventListener("load", () => sway(model, () => this.#firstView(model), isOver), { once: true, signal });
    this.#moved();
  }

  dispose(): void {
    this.#stopped.abort();
    clearTimeout(this.#waiting);
  }

  #label(place: TablePlace): Label {
    const name = plainText(place.name.text);
    const isOwn = place.slug === this.#own;
    const lang = place.name.lang === this.#host.words.lang ? undefined : place.name.lang;
    const parts = [h("i", { class: "stem" }), h("i", { class: `dot ${place.theme.code.replaceAll(" ", "-")}` }), h("span", { class: "text" }, name)];
    const link = isOwn
      ? h("span", { class: "label own", "data-place": place.slug, lang, hidden: true }, ...parts)
      : h("a", { class: "label", "data-place": place.slug, href: new URL(place.page, this.#host.origin).href, lang, hidden: true }, ...parts);
    const count = h("b");
    const group = h("button", { type: "button", class: "label group", hidden: true, onclick: () => this.#approach(place.slug) }, h("i", { class: "stem" }), count, h("span", { class: "text" }));
    return { place, link, group, count, width: this.#width(name, FONT) + PADDING };
  }

  #width(text: string, font: string): number {
    if (!this.#pen) return text.length * 7;
    this.#pen.font = `${font} ${getComputedStyle(this.#host.element).getPropertyValue("--carreau-font") || "system-ui, sans-serif"}`;
    return Math.ceil(this.#pen.measureText(text).width);
  }

  #size(): StageSize {
    return { width: Math.max(1, this.element.clientWidth), height: Math.max(1, this.element.clientHeight) };
  }

  /** Return the part of the stage that the tools on its right leave free. */
  #free(): StageSize {
    const { width, height } = this.#size();
    const bar = this.#host.stage.querySelector<HTMLElement>(".bar")?.getBoundingClientRect();
    const free = bar?.width ? bar.left - this.element.getBoundingClientRect().left : width;
    return { width: free > width / 2 ? Math.min(width, free) : width, height };
  }

  /** Note whether the visitor has moved the camera: the page takes its own words off the stage meanwhile. */
  #touch(isTouched: boolean): void {
    this.#isUntouched = !isTouched;
    this.#host.element.toggleAttribute("data-moved", isTouched);
  }

  /** Return the view of the picture that the page has, or of a corner. */
  #firstView(model: Model): CameraView {
    this.#touch(false);
    const { wide, tall, places } = this.#territory;
    const size = this.#size();
    const whole = size.width < 1.4 * size.height ? tall : wide;
    const place = places.find((each) => each.slug === this.#own);
    const [camera, picture] = place ? [place.camera, place.picture ?? size] : [whole.camera, whole];
    return model.drawnAs({ ...viewOfCamera(camera), field: covering(camera.field_deg ?? 30, picture, size) });
  }

  #resized(): void {
    if (this.#isUntouched) this.#model?.resetView(true);
    this.#laidOut = -Infinity;
    this.#moved();
  }

  /** Move the labels with the model; lay them out anew now and then, and when it stands still. */
  #moved(): void {
    const model = this.#model;
    if (!model?.level && !this.#model?.viewer.loaded) return;
    const now = performance.now();
    clearTimeout(this.#waiting);
    if (now - this.#laidOut >= LAYOUT_MS) this.#layOut();
    else {
      this.#waiting = setTimeout(() => this.#layOut(), LAYOUT_MS);
      this.#place();
    }
  }

  #projected(): (point: Vector3) => { x: number; y: number } {
    const model = this.#model as Model;
    return projection(model.view, model.viewer.getFieldOfView(), this.#size());
  }

  #layOut(): void {
    if (!this.#model) return;
    this.#laidOut = performance.now();
    const at = this.#projected();
    const stage = this.#free();
    const candidates: Candidate[] = this.#labels.map(({ place, width }) =>
      ({ key: place.slug, ...raised(at(place.point)), width, groupWidths: [width + this.#more, this.#width(place.commune, FONT) + PADDING] }));
    this.#placed = layOut(candidates, stage, this.#own);
    const bySlug = new Map(this.#labels.map((each) => [each.place.slug, each]));
    const shown = new Map(this.#placed.map((each) => [each.key, each]));
    this.#groups = new Map(this.#placed.filter((each) => each.others.length).map((each) =>
      [each.key, [each.key, ...each.others].map((key) => (bySlug.get(key) as Label).place)]));
    for (const { place, link, group, count } of this.#labels) {
      const placed = shown.get(place.slug);
      const members = this.#groups.get(place.slug);
      link.hidden = !placed || !!members;
      group.hidden = !members;
      for (const element of [link, group]) element.dataset["side"] = placed?.side ?? "none";
      if (!members) continue;
      const name = mostFrequent(members.map((each) => each.commune));
      count.textContent = String(members.length);
      (group.lastElementChild as HTMLElement).textContent = placed?.isShort ? name : `${plainText(place.name.text)} + ${members.length - 1}`;
      group.setAttribute("aria-label", this.#host.words.t("nearer_to", { count: String(members.length), commune: name }));
    }
    const room = roomFor(this.#areas.map(({ key, point, width }) => ({ key, ...at(point), width })), this.#placed, stage);
    for (const { key, element } of this.#areas) element.hidden = !room.has(key);
    this.#place();
  }

  /** Put each visible label where its point is. */
  #place(): void {
    const at = this.#projected();
    for (const { place, link, group } of this.#labels) {
      const element = link.hidden ? group : link;
      if (!element.hidden) moveTo(element, raised(at(place.point)));
    }
    for (const { point, element } of this.#areas) if (!element.hidden) moveTo(element, at(point));
  }

  /** Go so near to a group that it falls apart. */
  #approach(key: string): void {
    const [model, members] = [this.#model, this.#groups.get(key)];
    if (!model || !members) return;
    const [east, south] = [members.map((each) => each.point[0]), members.map((each) => each.point[2])];
    const [left, right, far, near] = [Math.min(...east), Math.max(...east), Math.min(...south), Math.max(...south)];
    const { width, height } = this.#size();
    const extent = Math.max(Math.hypot(right - left, near - far), LEAST_EXTENT);
    const half = Math.tan((model.viewer.getFieldOfView() * Math.PI) / 360) * Math.min(1, width / height);
    const radius = Math.min(extent / 2 / FILL / half, model.view.radius / 1.6);
    model.setView({ ...model.view, target: [(left + right) / 2, 0, (far + near) / 2], radius }, this.#host.reducedMotion);
    this.#touch(true);
    model.viewer.focus({ preventScroll: true });
  }

  #listen(viewer: HTMLElement, signal: AbortSignal): void {
    let from: { x: number; y: number } | undefined;
    const slugs = new Map(this.#territory.places.map((place) => [place.slug, place]));
    const placeAt = ({ clientX, clientY }: PointerEvent) => slugs.get(nameAt((this.#model as Model).viewer, clientX, clientY) ?? "");
    viewer.addEventListener("pointerdown", (event) => (from = { x: event.clientX, y: event.clientY }), { signal });
    viewer.addEventListener("pointerup", (event) => {
      const isTap = from && Math.hypot(event.clientX - from.x, event.clientY - from.y) < TAP_PX && event.button === 0;
      from = undefined;
      const place = isTap ? placeAt(event) : undefined;
      if (place && place.slug !== this.#own) location.assign(new URL(place.page, this.#host.origin).href);
    }, { signal });
    viewer.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "mouse" || event.buttons) return;
      const slug = placeAt(event)?.slug ?? "";
      if (slug === this.#hovered) return;
      this.#hovered = slug;
      viewer.style.cursor = slug && slug !== this.#own ? "pointer" : "";
      for (const { place, link } of this.#labels) link.classList.toggle("under", place.slug === slug);
    }, { signal });
  }
}

/** Return where the head of a pin is that stands on a point. */
function raised({ x, y }: { x: number; y: number }): { x: number; y: number } {
  return { x, y: y - STEM_PX };
}

function moveTo(element: HTMLElement, { x, y }: { x: number; y: number }): void {
  element.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
}

function mostFrequent(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort((one, other) => other[1] - one[1])[0]?.[0] ?? "";
}
