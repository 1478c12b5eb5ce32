// Everything around a model: toolbar, tours, comparison, measurement and daylight.
import { finest, rank, type ShownName } from "../models/levels";
import type { Model } from "../models/model";
import type { Annotation } from "../schema";
import { lookAt, markSelected } from "../tools/annotations";
import { Comparison } from "../tools/comparison";
import { Daylight } from "../tools/daylight";
import { HypotheticalParts } from "../tools/hypothetical";
import { Measurement } from "../tools/measurement";
import type { PanelHost } from "../tools/panel_host";
import { Slice } from "../tools/slice";
import { Snapshot } from "../tools/snapshot";
import { ThenNow } from "../tools/then_now";
import { TableLabels } from "../territory/table_labels";
import { Tours } from "../tools/tours";
import type { Stage } from "./stage";
import { availableTools, Toolbar, type ToolParts } from "./toolbar";

/** What links of a page may ask for. */
export const ACTIONS = ["compare", "ar", "tour", "fullscreen"] as const;
export type PageAction = (typeof ACTIONS)[number];
/** The tools that do it; "compare" is the slider at the foot of the stage. */
const TOOLS: Readonly<Record<Exclude<PageAction, "compare">, string>> = { ar: "ar", tour: "tours", fullscreen: "full" };

export class Overlay implements ToolParts {
  readonly tours: Tours;
  readonly measuring: Measurement;
  readonly comparison: Comparison;
  readonly hypothetical: HypotheticalParts;
  readonly daylight: Daylight;
  readonly slice: Slice;
  readonly snapshot: Snapshot;
  readonly toolbar: Toolbar;
  readonly thenNow: ThenNow | undefined;
  readonly labels: TableLabels | undefined;
  selected: Annotation | undefined;
  readonly #host: PanelHost;
  /** The finest level that the size of the stage has been worth so far. */
  #levelOfStage: ShownName | undefined;
  readonly #disposed = new AbortController();

  constructor(host: PanelHost, stage: Stage) {
    this.#host = host;
    const other = () => this.comparison.other;
    this.tours = new Tours(host, stage.caption, () => this.toggleFullScreen());
    this.measuring = new Measurement(host);
    this.hypothetical = new HypotheticalParts(host, other);
    this.daylight = new Daylight(host, other);
    this.slice = new Slice(host);
    this.snapshot = new Snapshot(host, () => this.comparison.seenStates);
    this.comparison = new Comparison(host, stage.models, this.hypothetical, (first, second) => {
      stage.badge(first);
      stage.badge(second, true);
    });
    this.thenNow = ThenNow.of(host, this.comparison);
    this.toolbar = new Toolbar(host.words, stage.element);
    this.labels = host.territory && new TableLabels(host, host.territory, host.element.getAttribute("place") ?? "");
    stage.element.toggleAttribute("data-territory", !!this.labels);
    if (this.labels) stage.models.append(this.labels.element);
    stage.models.append(this.measuring.overlay, this.slice.overlay);
    if (this.thenNow) {
      stage.foot.append(this.thenNow.element);
    }
    stage.over.append(this.toolbar.element, this.toolbar.menu, this.toolbar.panel);
    watchFullScreen(host.element, () => (this.render(), this.toolbar.raise()), this.#disposed.signal);
    this.#disposed.signal.addEventListener("abort", () => this.toolbar.dispose());
    const sizes = new ResizeObserver(() => this.#resized());
    for (const part of [stage.element, this.toolbar.element]) sizes.observe(part);
    this.#disposed.signal.addEventListener("abort", () => sizes.disconnect());
    this.render();
    this.#fit();
  }

  render(): void {
    this.toolbar.render(availableTools(this.#host, this));
    // Without a model the slider would move nothing.
    const isCompared = !!this.thenNow && this.#host.hasModel;
    this.#host.stage.toggleAttribute("data-then-now", isCompared);
    if (this.thenNow) this.thenNow.element.hidden = !isCompared;
  }

  /** Apply the settings of the panels to a level that was just loaded. */
  onLevelShown(model: Model): void {
    this.hypothetical.apply(model);
    this.daylight.apply(model);
    this.labels?.apply(model);
    model.reframe();
  }

  /** A level is on the screen: if it is the finest that will come, the other state may be shown. */
  onLevelDrawn(model: Model): void {
    const best = finest(model.state.levels, this.#host.device());
    if (model.level && best && rank(model.level) >= rank(best)) this.thenNow?.offerSweep();
  }

  select(annotation: Annotation | undefined): void {
    const host = this.#host;
    const root = host.element.shadowRoot as ShadowRoot;
    const isNew = annotation !== this.selected;
    this.selected = annotation;
    const opens = !isNew || host.emit("carreau-annotation", { annotation: annotation?.id ?? "" });
    if (!annotation || !opens) markSelected(root, annotation?.id ?? "");
    else {
      this.toolbar.open("annotations");
      markSelected(root, annotation.id);
      if (host.model) lookAt(host.model, annotation, host.reducedMotion);
      const item = root.querySelector<HTMLElement>(`li[data-annotation="${CSS.escape(annotation.id)}"]`);
      item?.focus({ preventScroll: !!host.model });
    }
  }

  dispose(): void {
    this.#disposed.abort();
    this.labels?.dispose();
    this.thenNow?.dispose();
    this.tours.pause();
    this.measuring.stop();
    this.slice.stop();
    this.snapshot.clear();
    this.comparison.stop();
  }

  toggleFullScreen(): void {
    void toggleFullScreen(this.#host.element);
  }

  isFullScreen(): boolean {
    return isFullScreen(this.#host.element);
  }

  /** Fit the tools into the stage, and load a finer level if it has become larger. */
  #resized(): void {
    const { model, state } = this.#host;
    this.#fit();
    const best = finest(state.levels, this.#host.device(), this.comparison.other ? 2 : 1);
    const isFiner = !!best && !!this.#levelOfStage && rank(best) > rank(this.#levelOfStage);
    this.#levelOfStage ??= best;
    if (!isFiner) return;
    this.#levelOfStage = best;
    if (model?.level && rank(best) > rank(model.level)) void this.#host.load(model, best);
  }

  #fit(): void {
    const { clientHeight } = this.toolbar.element;
    if (clientHeight) this.toolbar.fit(clientHeight);
    this.toolbar.makeRoom();
  }

  /** Do what a link of the page asks for; return whether it is possible. */
  async act(action: PageAction): Promise<boolean> {
    if (action === "compare") {
      if (!this.thenNow || !(await this.#host.ready())) return false;
      this.thenNow.showOther();
      return true;
    }
    if (!this.toolbar.open(TOOLS[action])) return false;
    if (action === "tour") {
      this.toolbar.focusPanel();
      void this.tours.play();
    }
    return true;
  }

  toggleMotion(): void {
    const { model } = this.#host;
    if (!model) return;
    model.move(!model.isMoving);
    this.comparison.other?.move(model.isMoving);
    this.render();
    this.toolbar.focus(model.isMoving ? "stop" : "move");
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
