// What stands around a model: the bar with its tools, tours, comparison, measuring and light.
import { finest, SHOWN } from "../models/levels";
import type { Model } from "../models/model";
import type { Annotation } from "../schema";
import { lookAt, markChosen } from "../tools/annotations";
import { Comparison } from "../tools/comparison";
import { Daylight } from "../tools/daylight";
import { Guessed } from "../tools/hypothetical";
import { Measuring } from "../tools/measurement";
import type { Host } from "../tools/panel_host";
import { Tours } from "../tools/tours";
import type { Stage } from "./stage";
import { Bar, toolsOf } from "./toolbar";

export class Overlay {
  readonly tours: Tours;
  readonly measuring: Measuring;
  readonly comparison: Comparison;
  readonly guessed: Guessed;
  readonly daylight: Daylight;
  readonly bar: Bar;
  chosen: Annotation | undefined;
  readonly #host: Host;
  readonly #ended = new AbortController();

  constructor(host: Host, stage: Stage) {
    this.#host = host;
    const other = () => this.comparison.other;
    this.tours = new Tours(host, stage.caption);
    this.measuring = new Measuring(host);
    this.guessed = new Guessed(host, other);
    this.daylight = new Daylight(host, other);
    this.comparison = new Comparison(host, stage.models, this.guessed, (state) => stage.badge(state, host.words, true));
    this.bar = new Bar(host.words);
    stage.element.append(this.measuring.overlay, this.bar.element);
    stage.element.after(this.bar.panel);
    watchFull(host.element, () => this.#resized(), this.#ended.signal);
    this.draw();
  }

  draw(): void {
    const { element } = this.#host;
    this.bar.draw(toolsOf(this.#host, {
      tours: this.tours,
      comparison: this.comparison,
      measuring: this.measuring,
      guessed: this.guessed,
      daylight: this.daylight,
      toggleMotion: () => this.#toggleMotion(),
      toggleFull: () => void toggleFull(element),
      isFull: () => isFull(element),
    }));
  }

  /** A level of a model is there: show it as the panels say. */
  shown(model: Model): void {
    this.guessed.apply(model);
    this.daylight.apply(model);
  }

  choose(annotation: Annotation | undefined): void {
    const host = this.#host;
    const root = host.element.shadowRoot as ShadowRoot;
    const isNew = annotation !== this.chosen;
    this.chosen = annotation;
    if (!annotation) markChosen(root, "");
    else {
      this.bar.open("annotations");
      markChosen(root, annotation.id);
      if (host.model) lookAt(host.model, annotation, host.isStill);
      const item = root.querySelector<HTMLElement>(`li[data-annotation="${CSS.escape(annotation.id)}"]`);
      item?.focus({ preventScroll: !!host.model });
    }
    if (isNew) host.emit("carreau-annotation", { annotation: annotation?.id ?? "" });
  }

  end(): void {
    this.#ended.abort();
    this.tours.pause();
    this.measuring.stop();
    this.comparison.stop();
  }

  /** On a larger stage a finer level shows more. */
  #resized(): void {
    this.draw();
    const { model, state } = this.#host;
    const best = finest(state.levels, this.#host.device(), this.comparison.other ? 2 : 1);
    if (model?.level && best && SHOWN.indexOf(best) > SHOWN.indexOf(model.level)) void this.#host.load(model, best);
  }

  #toggleMotion(): void {
    const { model } = this.#host;
    if (!model) return;
    model.move(!model.isMoving);
    this.comparison.other?.move(model.isMoving);
    this.draw();
    this.bar.element.querySelector<HTMLElement>(`[data-tool="${model.isMoving ? "stop" : "move"}"]`)?.focus();
  }
}

// Fill the screen; on phones that let no element do so, the window.

const FILLED = "filled";

/** Tell when an element begins or ceases to fill the screen, however that came about; Escape ends what fills the window. */
export function watchFull(element: HTMLElement, told: () => void, signal: AbortSignal): void {
  element.addEventListener("fullscreenchange", told, { signal });
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !element.classList.contains(FILLED)) return;
    fill(element, false);
  }, { signal });
}

export function isFull(element: Element): boolean {
  return document.fullscreenElement === element || element.classList.contains(FILLED);
}

export async function toggleFull(element: Element): Promise<void> {
  if (document.fullscreenElement === element) await document.exitFullscreen();
  else if (document.fullscreenEnabled) await element.requestFullscreen().catch(() => undefined);
  else fill(element, !element.classList.contains(FILLED));
}

/** Fill the window, or no longer; told as the browser tells of the screen. */
function fill(element: Element, isFilled: boolean): void {
  element.classList.toggle(FILLED, isFilled);
  element.dispatchEvent(new Event("fullscreenchange"));
}
