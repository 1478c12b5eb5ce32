// Augmented reality: by the browser, by the phone's own viewer, or on another phone by a QR code.
import { writePlace } from "../deep_link";
import { h } from "../dom";
import { levelOf } from "../models/levels";
import { plain } from "../words";
import { canStand, standingPart } from "./ar_placement";
import { absolute, type Host } from "./panel_host";
import { qrOf } from "./qr";

/** Say whether the state has a file that a phone's own viewer opens. */
export function hasAr(host: Pick<Host, "state">): boolean {
  return !!(levelOf(host.state, "ar-android") ?? levelOf(host.state, "ar-ios"));
}

/** Return the page of the site, with its origin, at this state. */
export function pageOf(host: Host, isForAr = false): string {
  const page = absolute(host, host.site.pages[host.words.lang] ?? "/");
  return page + (isForAr ? writePlace({ state: host.state.id, ar: true }) : writePlace(host.place()));
}

/** Return the ways there are on this device. */
export function arPanel(host: Host): HTMLElement {
  const { words, state } = host;
  const size = words.say(state.is_size_known ? "real_size" : "no_real_size");
  const made = h("div", { class: "ar" }, h("p", {}, size));
  if (window.top !== window) {
    made.append(h("p", {}, h("a", {
      class: "button", href: pageOf(host, true), target: "_blank", rel: "noopener", onclick: () => host.emit("carreau-ar", { way: "page" }),
    }, words.say("ar_on_page"))));
    return made;
  }
  if (canStand(host)) made.append(standingPart(host));
  const ways = [webXr(host), android(host), apple(host, size)].filter((each) => each !== undefined);
  made.append(...ways);
  if (!ways.length) {
    const address = pageOf(host, true);
    made.append(h("p", {}, words.say("ar_by_code")), qrOf(address, words.say("code_of", { address })) as unknown as HTMLElement,
      h("p", { class: "of" }, h("a", { href: address }, address)));
  }
  return made;
}

function arModel(host: Host, url: string): ArModel {
  const title = `${plain(host.site.name.text)} – ${plain(host.state.title.text)}`;
  return { url: absolute(host, url), title, page: pageOf(host), isSizeKnown: host.state.is_size_known };
}

function webXr(host: Host): HTMLElement | undefined {
  const viewer = host.model?.viewer;
  if (!viewer?.canActivateAR) return undefined;
  const start = () => {
    host.emit("carreau-ar", { way: "webxr" });
    void viewer.activateAR();
  };
  return h("p", {}, h("button", { type: "button", onclick: start }, host.words.say("ar_here")));
}

function android(host: Host): HTMLElement | undefined {
  const level = levelOf(host.state, "ar-android");
  if (!level || !/android/i.test(navigator.userAgent)) return undefined;
  const tell = () => host.emit("carreau-ar", { way: "scene-viewer" });
  const href = sceneViewer(arModel(host, level.url));
  return h("p", {}, h("a", { class: "button", part: "ar-android", href, onclick: tell }, host.words.say("ar_phone")));
}

function apple(host: Host, size: string): HTMLElement | undefined {
  const level = levelOf(host.state, "ar-ios");
  const link = document.createElement("a");
  if (!level || !link.relList.supports?.("ar")) return undefined;
  const model = arModel(host, level.url);
  const { words } = host;
  const banner = { title: model.title, size, action: words.say("back_to_page") };
  const picture = host.state.poster.at(-1);
  // Quick Look starts only from a link around exactly one picture.
  const img = h("img", { src: picture ? absolute(host, picture.url) : "", alt: words.say("ar_phone"), width: 160 });
  const tell = () => host.emit("carreau-ar", { way: "quick-look" });
  return h("p", {}, h("a", { rel: "ar", part: "ar-ios", href: quickLook(model, banner), onclick: tell }, img), h("br"), words.say("ar_phone"));
}

// Links that open a phone's own viewer in augmented reality. Both want addresses with their origin, by https.

export interface ArModel {
  url: string;
  title: string;
  page: string;
  isSizeKnown: boolean;
}

/** Return the intent that opens Scene Viewer on Android; the page is where the browser goes when there is none. */
export function sceneViewer(model: ArModel): string {
  const asked = [
    ["file", model.url],
    ["mode", "ar_preferred"],
    ["title", model.title],
    ["link", model.page],
    ["resizable", model.isSizeKnown ? "false" : "true"],
  ].map(([name, value]) => `${name}=${encodeURIComponent(value ?? "")}`);
  return (
    `intent://arvr.google.com/scene-viewer/1.2?${asked.join("&")}#Intent;scheme=https;` +
    "package=com.google.android.googlequicksearchbox;action=android.intent.action.VIEW;" +
    `S.browser_fallback_url=${encodeURIComponent(model.page)};end;`
  );
}

/** What the banner of Quick Look says, in the page's language. */
export interface Banner {
  title: string;
  size: string;
  action: string;
}

/** Return the link that opens Quick Look on an iPhone or iPad; it goes into <a rel="ar"> around one picture. */
export function quickLook(model: ArModel, banner: Banner): string {
  const asked = [
    ["allowsContentScaling", model.isSizeKnown ? "0" : "1"],
    ["canonicalWebPageURL", model.page],
    ["checkoutTitle", banner.title],
    ["checkoutSubtitle", banner.size],
    ["callToAction", banner.action],
  ].map(([name, value]) => `${name}=${encodeURIComponent(value ?? "")}`);
  return `${model.url}#${asked.join("&")}`;
}
