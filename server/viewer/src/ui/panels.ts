// The small panels: views and detail, how sure the parts are, and sharing.
import { h } from "../dom";
import type { Triple } from "../geo/pose";
import { levelOf, SHOWN } from "../models/levels";
import type { NamedPart } from "../schema";
import { annotationsOf } from "../tools/annotations";
import { pageOf } from "../tools/ar";
import { type Guessed, guessedOf } from "../tools/hypothetical";
import type { Host } from "../tools/panel_host";
import { qrOf } from "../tools/qr";
import { plain } from "../words";

const TURN = Math.PI / 8;
const TILT = Math.PI / 16;
/** The link follows a model that has come to rest. */
const TURNED_MS = 300;

/** Return buttons that do what a finger does, named views, and the choice of a level. */
export function viewsPanel(host: Host): HTMLElement {
  const { words } = host;
  const turn = (theta: number, phi: number, nearer = 1) => {
    const { model } = host;
    if (!model) return;
    const look = model.look;
    const up = Math.min(Math.max(look.phi + phi, 0.05), Math.PI - 0.05);
    model.lookFrom({ ...look, theta: look.theta + theta, phi: up, radius: look.radius * nearer }, host.isStill);
  };
  const from = (theta: number, phi: number, name: string) => {
    const { model } = host;
    if (!model) return;
    model.lookFrom({ ...model.look, theta, phi }, host.isStill);
    host.announce(described(host, name, theta, phi));
  };
  const first = () => {
    host.model?.lookFirst(host.isStill);
    const { azimuth_deg, elevation_deg } = host.state.poster_view ?? { azimuth_deg: 0, elevation_deg: 15 };
    host.announce(described(host, "first_view", (azimuth_deg * Math.PI) / 180, ((90 - elevation_deg) * Math.PI) / 180));
  };
  const press = (name: string, run: () => void) => h("button", { type: "button", "data-do": name, onclick: run }, words.say(name));
  const group = (name: string, ...buttons: HTMLElement[]) =>
    h("div", { class: "row", role: "group", "aria-label": words.say(name) }, ...buttons);
  return h("div", {},
    group("turn", press("turn_left", () => turn(-TURN, 0)), press("turn_right", () => turn(TURN, 0)),
      press("higher", () => turn(0, -TILT)), press("lower", () => turn(0, TILT)),
      press("nearer", () => turn(0, 0, 0.8)), press("farther", () => turn(0, 0, 1.25))),
    group("views", press("first_view", first),
      press("seen_front", () => from(0, 1.4, "seen_front")), press("seen_right", () => from(Math.PI / 2, 1.4, "seen_right")),
      press("seen_back", () => from(Math.PI, 1.4, "seen_back")), press("seen_left", () => from(-Math.PI / 2, 1.4, "seen_left")),
      press("seen_above", () => from(0, 0.01, "seen_above"))),
    details(host),
    h("p", {}, press("pyramid", () => host.element.setAttribute("display", "pyramid"))));
}

function details(host: Host): HTMLElement {
  const { words, state, model } = host;
  const choices = SHOWN.flatMap((name) => {
    const level = levelOf(state, name);
    if (!level) return [];
    const radio = h("input", { type: "radio", name: "level", value: name, onchange: () => model && void host.load(model, name) });
    radio.checked = model?.level === name;
    return [h("label", { class: "choice" }, radio, `${words.say(`level_${name}`)} (${words.size(level.brotli_bytes ?? level.bytes)})`)];
  });
  return h("fieldset", {}, h("legend", {}, words.say("detail")), ...choices);
}

/** Return the parts with their evidence, and what hides those that are guessed. */
export function partsPanel(host: Host, guessed: Guessed): HTMLElement {
  const { state, model } = host;
  if (guessedOf(state).length) guessed.mark(true);
  const choices = model ? guessed.choices([state]) : [];
  return h("div", {}, ...choices, h("ul", { class: "parts" }, ...state.parts.map((part) => told(host, part))));
}

function told(host: Host, part: NamedPart): HTMLElement {
  const { words } = host;
  const made = h("li", { class: `evidence ${part.evidence.code}` }, words.text(part.label), " ",
    h("span", { class: "badge", part: "badge" }, part.evidence.text));
  if (part.note) made.append(" ", words.text(part.note));
  if (part.sources.length) made.append(h("span", { class: "of" }, ` ${words.say("sources")} ${part.sources.join("; ")}`));
  return made;
}

/** Return the link to what is seen now, to copy, to send or to photograph. */
export function sharePanel(host: Host): HTMLElement {
  const { words } = host;
  const field = h("input", { type: "text", readonly: true, "aria-label": words.say("link") });
  const code = h("div");
  /** What is seen now: the model may have been turned since. */
  const now = () => {
    const address = pageOf(host);
    if (field.value === address) return address;
    field.value = address;
    code.replaceChildren(qrOf(address, words.say("code_of", { address })));
    return address;
  };
  now();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(now());
      host.announce(words.say("copied"));
    } catch {
      field.focus();
      field.select();
      host.announce(words.say("copy_by_hand"));
    }
  };
  const buttons = [h("button", { type: "button", "data-do": "copy", onclick: () => void copy() }, words.say("copy"))];
  if ("share" in navigator) {
    const send = () => void navigator.share({ title: document.title, url: now() }).catch(() => undefined);
    buttons.push(h("button", { type: "button", "data-do": "send", onclick: send }, words.say("send")));
  }
  const panel = h("div", {}, field, h("div", { class: "row" }, ...buttons), code);
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const turned = () => {
    clearTimeout(waiting);
    if (panel.isConnected) waiting = setTimeout(now, TURNED_MS);
    else host.model?.viewer.removeEventListener("camera-change", turned);
  };
  host.model?.viewer.addEventListener("camera-change", turned);
  return panel;
}

// A named view in words: from where, what, and which annotations are on that side.

/** A surface turned away by more than this (cosine) is not looked at. */
const FACING = 0.2;

/** Return the description of a view by its name, theta and phi in radians. */
export function described(host: Host, name: string, theta: number, phi: number): string {
  const { words, state } = host;
  const from: Triple = [Math.sin(phi) * Math.sin(theta), Math.cos(phi), Math.sin(phi) * Math.cos(theta)];
  const seen = annotationsOf(host).flatMap((each, at) => {
    const [x, y, z] = each.normal;
    const facing = (x * from[0] + y * from[1] + z * from[2]) / (Math.hypot(x, y, z) || 1);
    return facing > FACING ? [`${at + 1}. ${plain(each.title.text)}`] : [];
  });
  const what = [plain(state.title.text), state.date?.text].filter(Boolean).join(", ");
  const side = seen.length ? words.say("on_this_side", { points: seen.join("; ") }) : "";
  return [words.say(name), what, side].filter(Boolean).map((part) => part.replace(/[.]?$/, ".")).join(" ");
}
