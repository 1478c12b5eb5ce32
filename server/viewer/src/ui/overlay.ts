// What stands around a model: the bar with its tools, tours, comparison, measuring and light.
import { lookAt, markChosen } from "../annotations";
import { Bar } from "./toolbar";
import { Comparison } from "../comparison";
import { Daylight } from "../daylight";
import { isFull, toggleFull, watchFull } from "../full_screen";
import { Guessed } from "../hypothetical";
import type { Host } from "../panel_host";
import { SHOWN, finest } from "../levels";
import type { Annotation } from "../schema";
import { Measuring } from "../measuring";
import type { Model } from "../model";
import type { Stage } from "../stage";
import { toolsOf } from "../tools";
import { Tours } from "../tours";

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
