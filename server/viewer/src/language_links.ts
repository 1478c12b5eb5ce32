// Links to the same page in another language take along what the visitor looks at.
import { parseDeepLink } from "./deep_link";
import type { CarreauViewer } from "./element";

const USES = ["pointerdown", "keydown", "wheel", "carreau-step", "carreau-annotation"] as const;
/** Before a link is followed, or its address is copied. */
const FOLLOWS = ["pointerdown", "contextmenu", "click", "auxclick"] as const;

/** Add the view of the viewer that was used last to the links to other languages. */
export function keepViewInOtherLanguages(): void {
  let lastUsed: CarreauViewer | undefined;
  for (const name of USES) {
    document.addEventListener(name, (event) => (lastUsed = event.composedPath().find(isViewer) ?? lastUsed), { capture: true, passive: true });
  }
  for (const name of FOLLOWS) {
    document.addEventListener(name, (event) => {
      const link = (event.target as Element | null)?.closest?.<HTMLAnchorElement>("a[hreflang]");
      if (!link || link.origin !== location.origin) return;
      const viewer = lastUsed?.isConnected ? lastUsed : viewerOfAddress();
      const fragment = viewer?.link();
      if (fragment) link.hash = fragment;
    }, { capture: true });
  }
}

function isViewer(target: EventTarget): target is CarreauViewer {
  return target instanceof HTMLElement && target.localName === "carreau-viewer";
}

/** Return the viewer that the address of the page leads to. */
function viewerOfAddress(): CarreauViewer | undefined {
  const state = parseDeepLink(location.hash)?.state;
  return [...document.querySelectorAll("carreau-viewer")].find((each) => each.state === state);
}
