// Links of a page that ask a viewer for something: <a data-carreau="compare" href="#…">.
//
// Without this script, or where the viewer cannot, a link leads to its own target.
import type { CarreauViewer } from "./element";
import { ACTIONS, type PageAction } from "./ui/overlay";

/** Let the links of the document act on its viewers. */
export function listenForActions(): void {
  document.addEventListener("click", (event) => {
    const link = (event.target as Element | null)?.closest?.<HTMLAnchorElement>("a[data-carreau]");
    const action = link?.dataset["carreau"] as PageAction;
    if (!link || !ACTIONS.includes(action) || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const viewer = viewerOf(link.dataset["state"] ?? "");
    if (!viewer) return;
    event.preventDefault();
    void viewer.act(action).then((isDone) => {
      if (isDone) return;
      if (link.target === "_blank") open(link.href, "_blank", "noopener");
      else location.assign(link.href);
    });
  });
}

/** Return the viewer of a state, else the first one of the page. */
function viewerOf(state: string): CarreauViewer | undefined {
  const viewers = [...document.querySelectorAll("carreau-viewer")];
  return viewers.find((each) => state && each.state === state) ?? viewers[0];
}
