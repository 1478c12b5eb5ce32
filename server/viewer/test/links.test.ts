import { expect, test } from "vitest";
import { formatDeepLink, parseDeepLink } from "../src/deep_link";
import { formatOrbit, formatView, parseView, viewOfCamera } from "../src/models/camera";
import { quickLookLink, sceneViewerLink } from "../src/tools/ar";

const MODEL = { url: "https://c.example/a/b.glb", title: "L’été & co", page: "https://c.example/fr/sites/x#state=a", isSizeKnown: true };

test("the intent of Scene Viewer is exact", () => {
  expect(sceneViewerLink(MODEL)).toBe(
    "intent://arvr.google.com/scene-viewer/1.2?file=https%3A%2F%2Fc.example%2Fa%2Fb.glb&mode=ar_preferred" +
      "&title=L%E2%80%99%C3%A9t%C3%A9%20%26%20co&link=https%3A%2F%2Fc.example%2Ffr%2Fsites%2Fx%23state%3Da&resizable=false" +
      "#Intent;scheme=https;package=com.google.android.googlequicksearchbox;action=android.intent.action.VIEW;" +
      "S.browser_fallback_url=https%3A%2F%2Fc.example%2Ffr%2Fsites%2Fx%23state%3Da;end;",
  );
  expect(sceneViewerLink({ ...MODEL, isSizeKnown: false })).toContain("&resizable=true#Intent");
});

test("the link of Quick Look is exact", () => {
  const banner = { title: "Été", size: "Taille réelle", action: "Retour" };
  expect(quickLookLink({ ...MODEL, url: "https://c.example/a/b.usdz" }, banner)).toBe(
    "https://c.example/a/b.usdz#allowsContentScaling=0&canonicalWebPageURL=https%3A%2F%2Fc.example%2Ffr%2Fsites%2Fx%23state%3Da" +
      "&checkoutTitle=%C3%89t%C3%A9&checkoutSubtitle=Taille%20r%C3%A9elle&callToAction=Retour",
  );
  expect(quickLookLink({ ...MODEL, isSizeKnown: false }, banner)).toContain("#allowsContentScaling=1&");
});

test("a deep link is parsed as it was formatted", () => {
  const view = { theta: Math.PI / 4, phi: 1, radius: 12.5, target: [1, -2, 3] as const, field: 40 };
  const written = formatDeepLink({ state: "vers 1930", view, annotation: "a&b", tour: "t.x", step: 3, other: "today", ar: true });
  const read = parseDeepLink(written);
  expect(read).toMatchObject({ state: "vers 1930", annotation: "a&b", tour: "t.x", step: 3, other: "today", ar: true });
  expect(read?.view?.radius).toBe(12.5);
  expect(read?.view?.theta).toBeCloseTo(Math.PI / 4, 3);
});

test("a deep link says how two states are laid over each other", () => {
  const written = formatDeepLink({ state: "today", other: "1930", mode: "fade", share: 0.7 });
  expect(written).toBe("#state=today&with=1930&mix=fade.70");
  expect(parseDeepLink(written)).toMatchObject({ other: "1930", mode: "fade", share: 0.7 });
  expect(parseDeepLink("#state=today&with=1930&mix=melt.200")).not.toHaveProperty("mode");
});

test.each(["", "#", "#annotation-x", "#view=1,2,3"])("%j names no state", (hash) => expect(parseDeepLink(hash)).toBeUndefined());
test.each(["", "1,2,3", "a,b,c,d,e,f,g", "1,2,0,0,0,0,30", "1,2,,0,0,0,30", "1,2,Infinity,0,0,0,30"])("%j is no view", (text) => {
  expect(parseView(text)).toBeUndefined();
});
test.each(["x.0", "x", ".3", "x.-1", "x.99999"])("%j is no step", (step) => {
  expect(parseDeepLink(`#state=a&step=${step}`)).toMatchObject({ tour: undefined, step: undefined });
});

test("a camera of the catalogue becomes an orbit of model-viewer", () => {
  const look = viewOfCamera({ position: [0, 0, 5], target: [0, 0, 0] });
  expect(formatOrbit(look)).toBe("0rad 1.5708rad 5m");
  expect(formatOrbit(viewOfCamera({ position: [5, 0, 0], target: [0, 0, 0] }))).toBe("1.5708rad 1.5708rad 5m");
  expect(formatView(look)).toBe("0,90,5,0,0,0,30");
});
