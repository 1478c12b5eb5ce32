// Augmented reality: in the browser, in the viewer of the phone, or on another phone by a QR code.
import { formatDeepLink } from "../deep_link";
import { h } from "../dom";
import { levelOf } from "../models/levels";
import { plainText } from "../words";
import { hasStandpoint, standpointSection } from "./ar_placement";
import { absoluteUrl, type PanelHost } from "./panel_host";
import { qrCode } from "./qr";

/** Return whether the state has a file for the viewer of a phone. */
export function hasAr(host: Pick<PanelHost, "state">): boolean {
  return !!(levelOf(host.state, "ar-android") ?? levelOf(host.state, "ar-ios"));
}

/** Return the absolute URL of the site's page with the current state. */
export function pageUrl(host: PanelHost, isForAr = false): string {
  const page = absoluteUrl(host, host.site.pages[host.words.lang] ?? "/");
  return page + (isForAr ? formatDeepLink({ state: host.state.id, ar: true }) : formatDeepLink(host.deepLink()));
}

/** Return the panel with the options of this device. */
export function arPanel(host: PanelHost): HTMLElement {
  const { words, state, territory } = host;
  const size = territory
    ? words.t("table_size", { scale: new Intl.NumberFormat(words.lang).format(territory.reduction) })
    : words.t(state.is_size_known ? "real_size" : "no_real_size");
  const panel = h("div", { class: "ar" }, h("p", {}, size));
  if (window.top !== window) {
    panel.append(h("p", {}, h("a", {
      class: "button", href: pageUrl(host, true), target: "_blank", rel: "noopener", onclick: () => host.emit("carreau-ar", { way: "page" }),
    }, words.t("ar_on_page"))));
    return panel;
  }
  if (hasStandpoint(host)) panel.append(standpointSection(host));
  const ways = [webXr(host), android(host), apple(host, size)].filter((each) => each !== undefined);
  panel.append(...ways);
  if (!ways.length) {
    const address = pageUrl(host, true);
    panel.append(h("p", {}, words.t("ar_by_code")), qrCode(address, words.t("code_of", { address })) as unknown as HTMLElement,
      h("p", { class: "of" }, h("a", { href: address }, address)));
  }
  return panel;
}

function arModel(host: PanelHost, url: string): ArModel {
  const title = `${plainText(host.site.name.text)} – ${plainText(host.state.title.text)}`;
  return { url: absoluteUrl(host, url), title, page: pageUrl(host), isSizeKnown: host.state.is_size_known };
}

function webXr(host: PanelHost): HTMLElement | undefined {
  const viewer = host.model?.viewer;
  if (!viewer?.canActivateAR) return undefined;
  const start = () => {
    host.emit("carreau-ar", { way: "webxr" });
    void viewer.activateAR();
  };
  return h("p", {}, h("button", { type: "button", onclick: start }, host.words.t("ar_here")));
}

function android(host: PanelHost): HTMLElement | undefined {
  const level = levelOf(host.state, "ar-android");
  if (!level || !/android/i.test(navigator.userAgent)) return undefined;
  const report = () => host.emit("carreau-ar", { way: "scene-viewer" });
  const href = sceneViewerLink(arModel(host, level.url));
  return h("p", {}, h("a", { class: "button", part: "ar-android", href, onclick: report }, host.words.t("ar_phone")));
}

function apple(host: PanelHost, size: string): HTMLElement | undefined {
  const level = levelOf(host.state, "ar-ios");
  const link = document.createElement("a");
  if (!level || !link.relList.supports?.("ar")) return undefined;
  const model = arModel(host, level.url);
  const { words } = host;
  const banner = { title: model.title, size, action: words.t("back_to_page") };
  const picture = host.state.poster.at(-1);
  // Quick Look requires a link with exactly one image.
  const img = h("img", { src: picture ? absoluteUrl(host, picture.url) : "", alt: words.t("ar_phone"), width: 160 });
  const report = () => host.emit("carreau-ar", { way: "quick-look" });
  return h("p", {}, h("a", { rel: "ar", part: "ar-ios", href: quickLookLink(model, banner), onclick: report }, img), h("br"), words.t("ar_phone"));
}

// Links to the AR viewers of phones. Both require absolute https URLs.

export interface ArModel {
  url: string;
  title: string;
  page: string;
  isSizeKnown: boolean;
}

/** Return the intent that opens Scene Viewer on Android; the browser falls back to the page. */
export function sceneViewerLink(model: ArModel): string {
  const parameters = [
    ["file", model.url],
    ["mode", "ar_preferred"],
    ["title", model.title],
    ["link", model.page],
    ["resizable", model.isSizeKnown ? "false" : "true"],
  ].map(([name, value]) => `${name}=${encodeURIComponent(value ?? "")}`);
  return (
    `intent://arvr.google.com/scene-viewer/1.2?${parameters.join("&")}#Intent;scheme=https;` +
    "package=com.google.android.googlequicksearchbox;action=android.intent.action.VIEW;" +
    `S.browser_fallback_url=${encodeURIComponent(model.page)};end;`
  );
}

/** Texts of the banner in Quick Look, in the language of the page. */
export interface Banner {
  title: string;
  size: string;
  action: string;
}

/** Return the link that opens Quick Look on iOS, for an <a rel="ar"> with one image. */
export function quickLookLink(model: ArModel, banner: Banner): string {
  const parameters = [
    ["allowsContentScaling", model.isSizeKnown ? "0" : "1"],
    ["canonicalWebPageURL", model.page],
    ["checkoutTitle", banner.title],
    ["checkoutSubtitle", banner.size],
    ["callToAction", banner.action],
  ].map(([name, value]) => `${name}=${encodeURIComponent(value ?? "")}`);
  return `${model.url}#${parameters.join("&")}`;
}
