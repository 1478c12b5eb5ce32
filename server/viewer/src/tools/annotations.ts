// Annotations: an accessible list, and pins on the model.
import { h } from "../dom";
import { facingView } from "../models/camera";
import type { Model } from "../models/model";
import { type Annotation, ANNOTATION_TEXTS, type Text } from "../schema";
import { plainText, type Words } from "../words";
import { mediumFigure } from "./media";
import type { PanelHost } from "./panel_host";

/** Return the annotations of a state. */
export function stateAnnotations(host: Pick<PanelHost, "site" | "state">): readonly Annotation[] {
  return host.site.annotations.filter((each) => each.state === host.state.id);
}

/** Add the pins to a model; the library positions them. */
export function addPins(host: PanelHost, model: Model): void {
  stateAnnotations(host).forEach((each, at) => {
    const pin = h("button", {
      type: "button",
      slot: `hotspot-${at + 1}`,
      class: "pin",
      part: "pin",
      "data-annotation": each.id,
      "data-position": each.point.join(" "),
      "data-normal": each.normal.join(" "),
      "data-visibility-attribute": "visible",
      "aria-label": `${at + 1}. ${plainText(each.title.text)}`,
      "aria-pressed": "false",
      onclick: () => host.select(each),
    }, String(at + 1));
    model.viewer.append(pin);
  });
}

/** Return the list of annotations. */
export function annotationsPanel(host: PanelHost): HTMLElement {
  const list = h("ol", { class: "annotations" });
  for (const each of stateAnnotations(host)) {
    const showButton = h("button", { type: "button", onclick: () => host.select(each) }, host.words.t("show_point"));
    const media = each.media.flatMap((id) => host.medium(id) ?? []).map((medium) => mediumFigure(host, medium));
    const sources = each.sources.length ? [h("p", { class: "of" }, `${host.words.t("sources")} ${each.sources.join("; ")}`)] : [];
    const texts = labelledTexts(host.words, each).flatMap(({ label, text }) =>
      [...(label ? [h("h4", {}, label)] : []), ...host.words.paragraphs(text)]);
    list.append(h("li", { "data-annotation": each.id, tabindex: "-1" },
      h("h3", {}, host.words.text(each.title)), ...texts, ...media, ...sources, showButton));
  }
  return list;
}

/** Return the texts of an annotation that are there, each with its label; its own text has none. */
export function labelledTexts(words: Pick<Words, "label">, annotation: Annotation): { label: string; text: Text }[] {
  return ANNOTATION_TEXTS.flatMap((key) => {
    const text = annotation[key];
    return text ? [{ label: words.label(`annotation_${key}`), text }] : [];
  });
}

/** Mark the selected annotation, on the model and in the list. */
export function markSelected(root: ParentNode, id: string): void {
  for (const each of root.querySelectorAll("[data-annotation]")) {
    const isSelected = each.getAttribute("data-annotation") === id;
    if (each.classList.contains("pin")) each.setAttribute("aria-pressed", String(isSelected));
    each.classList.toggle("chosen", isSelected);
  }
}

/** Turn the camera to face an annotation. */
export function lookAt(model: Model, annotation: Annotation, isInstant: boolean): void {
  model.setView(facingView(model.view, annotation, viewingRadius(model)), isInstant);
}

/** Return a camera distance that shows details: half the diagonal of the model. */
function viewingRadius(model: Model): number {
  const [low, high] = model.state.bounds_m ?? [[0, 0, 0], [3, 3, 3]];
  return Math.hypot(high[0] - low[0], high[1] - low[1], high[2] - low[2]) / 2;
}
