// The panels for views and levels, parts with their evidence, and sharing.
import { h } from "../dom";
import type { Vector3 } from "../geo/pose";
import { encodingOf, levelOf, rank, sent, SHOWN } from "../models/levels";
import type { NamedPart } from "../schema";
import { stateAnnotations } from "../tools/annotations";
import { pageUrl } from "../tools/ar";
import { type HypotheticalParts, hypotheticalParts } from "../tools/hypothetical";
import type { PanelHost } from "../tools/panel_host";
import { qrCode } from "../tools/qr";
import { plainText } from "../words";

const TURN = Math.PI / 8;
const TILT = Math.PI / 16;
/** Delay before the link follows the camera, in milliseconds. */
const SETTLE_MS = 300;

/** Return buttons for the camera, named views, and the choice of a level. */
export function viewsPanel(host: PanelHost): HTMLElement {
  const { words } = host;
  const turn = (theta: number, phi: number, nearer = 1) => {
    const { model } = host;
    if (!model) return;
    const view = model.view;
    const up = Math.min(Math.max(view.phi + phi, 0.05), Math.min(model.lowest, Math.PI - 0.05));
    model.setView({ ...view, theta: view.theta + theta, phi: up, radius: view.radius * nearer }, host.reducedMotion);
  };
  const from = (theta: number, phi: number, name: string) => {
    const { model } = host;
    if (!model) return;
    model.setView({ ...model.view, theta, phi }, host.reducedMotion);
    host.announce(describeView(host, name, theta, phi));
  };
  const first = () => {
    host.model?.resetView(host.reducedMotion);
    const { azimuth_deg, elevation_deg } = host.state.poster_view ?? { azimuth_deg: 0, elevation_deg: 15 };
    host.announce(describeView(host, "first_view", (azimuth_deg * Math.PI) / 180, ((90 - elevation_deg) * Math.PI) / 180));
  };
  const press = (name: string, run: () => void) => h("button", { type: "button", "data-do": name, onclick: run }, words.t(name));
  const group = (name: string, ...buttons: HTMLElement[]) =>
    h("div", { class: "row", role: "group", "aria-label": words.t(name) }, ...buttons);
  return h("div", {},
    group("turn", press("turn_left", () => turn(-TURN, 0)), press("turn_right", () => turn(TURN, 0)),
      press("higher", () => turn(0, -TILT)), press("lower", () => turn(0, TILT)),
      press("nearer", () => turn(0, 0, 0.8)), press("farther", () => turn(0, 0, 1.25))),
    group("views", press("first_view", first),
      press("seen_front", () => from(0, 1.4, "seen_front")), press("seen_right", () => from(Math.PI / 2, 1.4, "seen_right")),
      press("seen_back", () => from(Math.PI, 1.4, "seen_back")), press("seen_left", () => from(-Math.PI / 2, 1.4, "seen_left")),
      press("seen_above", () => from(0, 0.01, "seen_above"))),
    details(host), ...translationNote(host),
    h("p", {}, press("pyramid", () => host.element.setAttribute("display", "pyramid"))));
}

/** Return, once for the whole viewer, that nobody has checked the translations. */
function translationNote({ site, state, words }: PanelHost): HTMLElement[] {
  const isUnchecked = [site.name, site.summary, state.title].some(({ standing }) => standing === "unreviewed" || standing === "stale");
  return isUnchecked ? [h("p", { class: "of" }, words.t("unreviewed"))] : [];
}

function details(host: PanelHost): HTMLElement {
  const { words, state, model } = host;
  const choices = SHOWN.flatMap((name) => {
    const encoding = encodingOf(state.levels, name, host.device());
    const level = encoding && levelOf(state, encoding);
    if (!level) return [];
    const radio = h("input", { type: "radio", name: "level", value: name, onchange: () => void host.show(name) });
    radio.checked = !!model?.level && rank(model.level) === rank(name);
    const shown = radio.checked && model?.file ? levelOf(state, model.file) : undefined;
    return [h("label", { class: "choice" }, radio, `${words.t(`level_${name}`)} (${words.size(sent(shown ?? level))})`)];
  });
  return h("fieldset", {}, h("legend", {}, words.t("detail")), ...choices);
}

/** Return the parts with their evidence, and the checkboxes for hypothetical ones. */
export function partsPanel(host: PanelHost, hypothetical: HypotheticalParts): HTMLElement {
  const { state, model } = host;
  if (hypotheticalParts(state).length) hypothetical.mark(true);
  const choices = model ? hypothetical.choices([state]) : [];
  return h("div", {}, ...choices, h("ul", { class: "parts" }, ...state.parts.map((part) => partItem(host, part))));
}

function partItem(host: PanelHost, part: NamedPart): HTMLElement {
  const { words } = host;
  const item = h("li", { class: `evidence ${part.evidence.code}` }, words.text(part.label), " ",
    h("span", { class: "badge", part: "badge" }, part.evidence.text));
  if (part.note) item.append(" ", words.text(part.note));
  if (part.sources.length) item.append(h("span", { class: "of" }, ` ${words.t("sources")} ${part.sources.join("; ")}`));
  return item;
}

/** Return the link to the current view, to copy, to send or to scan. */
export function sharePanel(host: PanelHost): HTMLElement {
  const { words } = host;
  const field = h("input", { type: "text", readonly: true, "aria-label": words.t("link") });
  const code = h("div");
  /** Update the link: the camera may have moved. */
  const updateLink = () => {
    const address = pageUrl(host);
    if (field.value === address) return address;
    field.value = address;
    code.replaceChildren(qrCode(address, words.t("code_of", { address })));
    return address;
  };
  updateLink();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(updateLink());
      host.announce(words.t("copied"));
    } catch {
      field.focus();
      field.select();
      host.announce(words.t("copy_by_hand"));
    }
  };
  const buttons = [h("button", { type: "button", "data-do": "copy", onclick: () => void copy() }, words.t("copy"))];
  if ("share" in navigator) {
    const send = () => void navigator.share({ title: document.title, url: updateLink() }).catch(() => undefined);
    buttons.push(h("button", { type: "button", "data-do": "send", onclick: send }, words.t("send")));
  }
  const panel = h("div", {}, field, h("div", { class: "row" }, ...buttons), code);
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const onCameraChange = () => {
    clearTimeout(waiting);
    if (panel.isConnected) waiting = setTimeout(updateLink, SETTLE_MS);
    else host.model?.viewer.removeEventListener("camera-change", onCameraChange);
  };
  host.model?.viewer.addEventListener("camera-change", onCameraChange);
  return panel;
}

// Text descriptions of the named views.

/** Minimum cosine at which a surface faces the camera. */
const FACING = 0.2;

/** Return the description of a view: name, state, and annotations on that side; theta and phi in radians. */
export function describeView(host: PanelHost, name: string, theta: number, phi: number): string {
  const { words, state } = host;
  const from: Vector3 = [Math.sin(phi) * Math.sin(theta), Math.cos(phi), Math.sin(phi) * Math.cos(theta)];
  const visible = stateAnnotations(host).flatMap((each, at) => {
    const [x, y, z] = each.normal;
    const facing = (x * from[0] + y * from[1] + z * from[2]) / (Math.hypot(x, y, z) || 1);
    return facing > FACING ? [`${at + 1}. ${plainText(each.title.text)}`] : [];
  });
  const title = [plainText(state.title.text), state.date?.text].filter(Boolean).join(", ");
  const side = visible.length ? words.t("on_this_side", { points: visible.join("; ") }) : "";
  return [words.t(name), title, side].filter(Boolean).map((part) => part.replace(/[.]?$/, ".")).join(" ");
}
