// Links to the AR viewers of phones. Both require absolute https URLs.

/** isResizable : whether visitors may scale the model; otherwise it has the size that its file says. */
export interface ArModel {
  url: string;
  title: string;
  page: string;
  isResizable: boolean;
}

/** Return the intent that opens Scene Viewer on Android; the browser falls back to the page. */
export function sceneViewerLink(model: ArModel): string {
  const parameters = [
    ["file", model.url],
    ["mode", "ar_preferred"],
    ["title", model.title],
    ["link", model.page],
    ["resizable", String(model.isResizable)],
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
    ["allowsContentScaling", model.isResizable ? "1" : "0"],
    ["canonicalWebPageURL", model.page],
    ["checkoutTitle", banner.title],
    ["checkoutSubtitle", banner.size],
    ["callToAction", banner.action],
  ].map(([name, value]) => `${name}=${encodeURIComponent(value ?? "")}`);
  return `${model.url}#${parameters.join("&")}`;
}
