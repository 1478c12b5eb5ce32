// Augmented reality: a dialog with the choice of a size, and the ways of this device to show it.
import { formatDeepLink } from "../deep_link";
import { h, icon } from "../dom";
import { levelOf } from "../models/levels";
import type { Model } from "../models/model";
import { presentInRoom } from "../models/presentation";
import type { Level, State } from "../schema";
import { plainText } from "../words";
import { type ArModel, quickLookLink, sceneViewerLink } from "./ar_links";
import { hasStandpoint, standpointSection } from "./ar_placement";
import { absoluteUrl, type PanelHost } from "./panel_host";
import { qrCode } from "./qr";

/** On a table, or at the size of the real thing. */
export type ArSize = "table" | "life";

/**
 * A size that a state can be shown at.
 *
 * scale : from the model's metres to metres in the room
 * android, ios : files of this size, as far as there are any
 * title, note : what it is, and what to know
 */
export interface ArChoice {
  size: ArSize;
  scale: number;
  android: Level | undefined;
  ios: Level | undefined;
  title: string;
  note: string;
}

const TABLE_ICON = "M3 9h18M5 9v10M19 9v10M9 9V5h6v4";
const LIFE_ICON = "M6 21V4h8v17M3 21h18M9 8h2M9 12h2M18 21v-4M18 14.5v.1";
/** Longest edge of a model on a table, in metres, if the bundle does not say its scale. */
const TABLE_M = 0.6;
/** Smaller things are looked at from everywhere; nobody needs to stand back. */
const PERSON_M = 1.5;

/** Return whether the state has a file for the viewer of a phone. */
export function hasAr(host: Pick<PanelHost, "state">): boolean {
  return !!(levelOf(host.state, "ar-android") ?? levelOf(host.state, "ar-ios"));
}

/** Return the absolute URL of the site's page with the current state. */
export function pageUrl(host: PanelHost, isForAr = false): string {
  const page = absoluteUrl(host, host.site.pages[host.words.lang] ?? "/");
  return page + (isForAr ? formatDeepLink({ state: host.state.id, ar: true }) : formatDeepLink(host.deepLink()));
}

/** Return the edges of the model in its metres: the longest one, and the height. */
function sizesOf(state: State): { longest: number; height: number } | undefined {
  if (!state.bounds_m) return undefined;
  const [low, high] = state.bounds_m;
  return { longest: Math.max(...high.map((value, at) => value - (low[at] ?? 0))), height: high[1] - low[1] };
}

/** Return the sizes that make sense for a state: one that fits a table, and life-size if there is room to stand back. */
export function arChoices(host: Pick<PanelHost, "state" | "words" | "territory">): ArChoice[] {
  const { state, territory } = host;
  // Bundles of before say nothing of AR; their files have the model's own size.
  const isLifeSized = !territory && (state.ar ? state.ar.life_size_m !== undefined : state.is_size_known);
  const hasTableFiles = (state.ar?.table_scale ?? 1) !== 1;
  return [...(hasTableFiles || !isLifeSized ? [tableChoice(host, hasTableFiles)] : []), ...(isLifeSized ? [lifeChoice(host)] : [])];
}

function ownFiles(state: State): Pick<ArChoice, "android" | "ios"> {
  return { android: levelOf(state, "ar-android"), ios: levelOf(state, "ar-ios") };
}

/** hasTableFiles : whether the bundle has files of this size; otherwise two fingers make the model fit */
function tableChoice({ state, words, territory }: Pick<PanelHost, "state" | "words" | "territory">, hasTableFiles: boolean): ArChoice {
  const sizes = sizesOf(state);
  const files = hasTableFiles ? { android: levelOf(state, "ar-table-android"), ios: levelOf(state, "ar-table-ios") } : ownFiles(state);
  const scale = state.ar?.table_scale ?? (sizes ? Math.min(1, TABLE_M / sizes.longest) : 1);
  const title = words.t("ar_table");
  if (territory) {
    const reduction = new Intl.NumberFormat(words.lang, { maximumSignificantDigits: 3 }).format(territory.reduction / scale);
    return { size: "table", scale, ...files, title, note: words.t("table_size", { scale: reduction }) };
  }
  const edge = sizes && hasTableFiles ? words.t("ar_table_size", { size: centimetres(words.lang, sizes.longest * scale) }) : "";
  const note = [edge, words.t("ar_resize"), state.is_size_known ? "" : words.t("no_real_size")].filter(Boolean).join(" ");
  return { size: "table", scale, ...files, title, note };
}

function lifeChoice({ state, words }: Pick<PanelHost, "state" | "words">): ArChoice {
  const choice = { size: "life", scale: 1, ...ownFiles(state), title: words.t("ar_life") } as const;
  const sizes = sizesOf(state);
  if (!sizes) return { ...choice, note: "" };
  if (sizes.longest < PERSON_M) return { ...choice, note: words.t("real_size") };
  const distance = state.ar?.life_size_m;
  const stand = distance === undefined ? "" : words.t("ar_stand", { distance: words.distance(distance) });
  return { ...choice, note: [words.t("ar_height", { height: words.distance(sizes.height) }), stand].filter(Boolean).join(" ") };
}

function centimetres(lang: string, metres: number): string {
  return new Intl.NumberFormat(lang, { style: "unit", unit: "centimeter", maximumFractionDigits: 0 }).format(metres * 100);
}

/** Return why there is no life-size, if there is none. */
function noLifeSize({ state, words, territory }: PanelHost, choices: readonly ArChoice[]): string {
  if (territory || choices.some((each) => each.size === "life")) return "";
  return words.t(state.is_size_known ? "ar_too_large" : "ar_size_unknown");
}

/** Return the interface with the state that is shown, where a comparison shows another one that has files for AR. */
function hostOfShown(host: PanelHost, shown: Model | undefined): PanelHost {
  if (!shown || !hasAr(shown)) return host;
  const deepLink = () => ({ state: shown.state.id });
  return Object.create(host, { state: { value: shown.state }, model: { value: shown }, deepLink: { value: deepLink } }) as PanelHost;
}

/**
 * Open the dialog; it closes with its button, Escape, or a press beside it, and the focus returns.
 *
 * shown : the model that a comparison shows in the place of the own one
 */
export function openArDialog(own: PanelHost, shown?: Model): HTMLDialogElement {
  const host = hostOfShown(own, shown);
  const root = host.element.shadowRoot as ShadowRoot;
  root.querySelector<HTMLDialogElement>("dialog.ar")?.close();
  const close = h("button", { type: "button", "data-do": "close", onclick: () => dialog.close() }, host.words.t("close"));
  const title = h("h2", { id: "ar-title" }, host.words.t("ar"));
  const of = host.site.states.filter(hasLevels).length > 1 ? [h("p", { class: "of" }, host.words.text(host.state.title))] : [];
  const body = h("div", {}, ...of, ...content(host));
  const dialog = h("dialog", { class: "ar", part: "ar", "aria-labelledby": "ar-title" }, h("header", {}, title, close), body);
  // A browser with WebXR needs the model, which may still be on its way; elsewhere the focus stays where it is.
  const onLoad = () => host.model?.viewer.canActivateAR && body.querySelector(".qr") && body.replaceChildren(...of, ...content(host));
  host.element.addEventListener("carreau-load", onLoad);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  // Escape means this dialog, and not the filled window around it.
  dialog.addEventListener("keydown", (event) => event.key === "Escape" && event.stopPropagation());
  dialog.addEventListener("close", () => {
    host.element.removeEventListener("carreau-load", onLoad);
    dialog.remove();
  });
  (root.querySelector(".root") ?? root).append(dialog);
  dialog.showModal();
  return dialog;
}

function hasLevels(state: State): boolean {
  return state.levels.length > 0;
}

function content(host: PanelHost): Element[] {
  const { words } = host;
  const choices = arChoices(host);
  const reason = noLifeSize(host, choices);
  // On the spot a thing has its own size: a model for a table is no view of what stood there.
  const isLife = choices.some((each) => each.size === "life");
  const after = [...(reason ? [h("p", { class: "of" }, reason)] : []), ...(isLife && hasStandpoint(host) ? [standpointSection(host)] : [])];
  if (window.top !== window) {
    const report = () => host.emit("carreau-ar", { way: "page" });
    const link = h("a", { class: "button", href: pageUrl(host, true), target: "_blank", rel: "noopener", onclick: report }, words.t("ar_on_page"));
    return [...choices.map((each) => card(each, [])), h("p", {}, link), ...after];
  }
  const ways = choices.map((each) => waysOf(host, each));
  const cards = choices.map((each, at) => card(each, ways[at] ?? []));
  if (ways.some((each) => each.length)) return [...cards, ...after];
  const address = pageUrl(host, true);
  return [h("p", {}, words.t("ar_by_code")), ...cards, qrCode(address, words.t("code_of", { address })),
    h("p", { class: "of" }, h("a", { href: address }, address)), ...after];
}

function card(choice: ArChoice, ways: readonly HTMLElement[]): HTMLElement {
  const title = h("h3", { id: `ar-${choice.size}` }, choice.title);
  return h("section", { class: "choice-of-size", "data-size": choice.size, "aria-labelledby": `ar-${choice.size}` },
    icon(choice.size === "table" ? TABLE_ICON : LIFE_ICON), h("div", {}, title, h("p", {}, choice.note), ...ways));
}

/** Return the ways of this device: the viewer of the phone first, which needs no more of this page. */
function waysOf(host: PanelHost, choice: ArChoice): HTMLElement[] {
  return [android(host, choice), apple(host, choice), webXr(host, choice)].filter((each) => each !== undefined);
}

function arModel(host: PanelHost, url: string, size: ArSize): ArModel {
  const title = `${plainText(host.site.name.text)} – ${plainText(host.state.title.text)}`;
  return { url: absoluteUrl(host, url), title, page: pageUrl(host), isResizable: size === "table" };
}

function webXr(host: PanelHost, choice: ArChoice): HTMLElement | undefined {
  const model = host.model;
  if (!model?.viewer.canActivateAR) return undefined;
  const start = () => {
    host.emit("carreau-ar", { way: "webxr", size: choice.size });
    void presentInRoom(model.viewer, choice.scale, choice.size === "table");
  };
  const label = host.words.t("ar_here");
  return h("p", {}, h("button", { type: "button", part: "ar-here", onclick: start, "aria-label": `${label} – ${choice.title}` }, label));
}

function android(host: PanelHost, { android: level, size, title }: ArChoice): HTMLElement | undefined {
  if (!level || !/android/i.test(navigator.userAgent)) return undefined;
  const report = () => host.emit("carreau-ar", { way: "scene-viewer", size });
  const href = sceneViewerLink(arModel(host, level.url, size));
  const label = host.words.t("ar_phone");
  return h("p", {}, h("a", { class: "button main", part: "ar-android", href, onclick: report, "aria-label": `${label} – ${title}` }, label));
}

function apple(host: PanelHost, { ios: level, size, title, note }: ArChoice): HTMLElement | undefined {
  const link = document.createElement("a");
  if (!level || !link.relList.supports?.("ar")) return undefined;
  const model = arModel(host, level.url, size);
  const { words } = host;
  const banner = { title: model.title, size: note, action: words.t("back_to_page") };
  const picture = host.state.poster.at(-1);
  // Quick Look requires a link with exactly one image.
  const img = h("img", { src: picture ? absoluteUrl(host, picture.url) : "", alt: `${words.t("ar_phone")} – ${title}`, width: 160 });
  const report = () => host.emit("carreau-ar", { way: "quick-look", size });
  return h("p", {}, h("a", { rel: "ar", part: "ar-ios", href: quickLookLink(model, banner), onclick: report }, img),
    h("span", { "aria-hidden": "true" }, words.t("ar_phone")));
}
