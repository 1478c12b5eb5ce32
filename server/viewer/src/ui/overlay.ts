// Everything around a model: toolbar, tours, comparison, measurement and daylight.
import { finest, SHOWN } from "../models/levels";
import type { Model } from "../models/model";
import type { Annotation } from "../schema";
import { lookAt, markSelected } from "../tools/annotations";
import { Comparison } from "../tools/comparison";
import { Daylight } from "../tools/daylight";
import { HypotheticalParts } from "../tools/hypothetical";
import { Measurement } from "../tools/measurement";
import type { PanelHost } from "../tools/panel_host";
import { TableLabels } from "../territory/table_labels";
import { Tours } from "../tools/tours";
import type { Stage } from "./stage";
import { availableTools, Toolbar, type ToolParts } from "./toolbar";

export class Overlay implements ToolParts {
  readonly tours: Tours;
  readonly measuring: Measurement;
  readonly comparison: Comparison;
  readonly hypothetical: HypotheticalParts;
  readonly daylight: Daylight;
  readonly toolbar: Toolbar;
  readonly labels: TableLabels | undefined;
  selected: Annotation | undefined;
  readonly #host: PanelHost;
  readonly #disposed = new AbortController();

  constructor(host: PanelHost, stage: Stage) {
    this.#host = host;
    const other = () => this.comparison.other;
    this.tours = new Tours(host, stage.caption);
    this.measuring = new Measurement(host);
    this.hypothetical = new HypotheticalParts(host, other);
    this.daylight = new Daylight(host, other);
    this.comparison = new Comparison(host, stage.models, this.hypothetical, (state) => stage.badge(state, true));
    this.toolbar = new Toolbar(host.words);
    this.labels = host.territory && new TableLabels(host, host.territory, host.element.getAttribute("place") ?? "");
    if (this.labels) stage.element.append(this.labels.element);
    stage.element.append(this.measuring.overlay, this.toolbar.element);
    stage.element.after(this.toolbar.panel);
    watchFullScreen(host.element, () => this.#resized(), this.#disposed.signal);
    this.render();
  }

  render(): void {
    this.toolbar.render(availableTools(this.#host, this));
  }

  /** Apply the settings of the panels to a level that was just loaded. */
  onLevelShown(model: Model): void {
    this.hypothetical.apply(model);
    this.daylight.apply(model);
    this.labels?.apply(model);
  }

  select(annotation: Annotation | undefined): void {
    const host = this.#host;
    const root = host.element.shadowRoot as ShadowRoot;
    const isNew = annotation !== this.selected;
    this.selected = annotation;
    if (!annotation) markSelected(root, "");
    else {
      this.toolbar.open("annotations");
      markSelected(root, annotation.id);
      if (host.model) lookAt(host.model, annotation, host.reducedMotion);
      const item = root.querySelector<HTMLElement>(`li[data-annotation="${CSS.escape(annotation.id)}"]`);
      item?.focus({ preventScroll: !!host.model });
    }
    if (isNew) host.emit("carreau-annotation", { annotation: annotation?.id ?? "" });
  }

  dispose(): void {
    this.#disposed.abort();
    this.labels?.dispose();
    this.tours.pause();
    this.measuring.stop();
    this.comparison.stop();
  }

  toggleFullScreen(): void {
    void toggleFullScreen(this.#host.element);
  }

  isFullScreen(): boolean {
    return isFullScreen(this.#host.element);
  }

  /** Load a finer level if the stage has become larger. */
  #resized(): void {
    this.render();
    const { model, state } = this.#host;
    const best = finest(state.levels, this.#host.device(), this.comparison.other ? 2 : 1);
    if (model?.level && best && SHOWN.indexOf(best) > SHOWN.indexOf(model.level)) void this.#host.load(model, best);
  }

  toggleMotion(): void {
    const { model } = this.#host;
    if (!model) return;
    model.move(!model.isMoving);
    this.comparison.other?.move(model.isMoving);
    this.render();
    this.toolbar.element.querySelector<HTMLElement>(`[data-tool="${model.isMoving ? "stop" : "move"}"]`)?.focus();
  }
}

// Full screen; phones that do not allow it for elements fill the window.

const FILLED_CLASS = "filled";

/** Report when an element enters or leaves full screen; Escape leaves the filled window. */
function watchFullScreen(element: HTMLElement, onChange: () => void, signal: AbortSignal): void {
  element.addEventListener("fullscreenchange", onChange, { signal });
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !element.classList.contains(FILLED_CLASS)) return;
    setFilled(element, false);
  }, { signal });
}

function isFullScreen(element: Element): boolean {
  return document.fullscreenElement === element || element.classList.contains(FILLED_CLASS);
}

async function toggleFullScreen(element: Element): Promise<void> {
  if (document.fullscreenElement === element) await document.exitFullscreen();
  else if (document.fullscreenEnabled) await element.requestFullscreen().catch(() => undefined);
  else setFilled(element, !element.classList.contains(FILLED_CLASS));
}

/** Fill the window or restore it, with the same event as full screen. */
function setFilled(element: Element, isFilled: boolean): void {
  element.classList.toggle(FILLED_CLASS, isFilled);
  element.dispatchEvent(new Event("fullscreenchange"));
}
