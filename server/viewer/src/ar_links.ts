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
