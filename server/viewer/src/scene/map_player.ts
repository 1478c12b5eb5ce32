// Play a map that moves: the steps of the page become one picture with buttons, a slider and the words of the step.
import { h } from "../dom";
import { dwellMs, Sequence } from "./sequence";
import { Stage } from "./map_stage";

const FRAGMENT = /^#event=(.+)$/;

export function setUpPlayer(section: HTMLElement): void {
  const list = section.querySelector<HTMLElement>(".moving-steps");
  const items = [...(list?.querySelectorAll<HTMLElement>(":scope > li") ?? [])];
  const pictures = items.flatMap((item) => item.querySelector<SVGSVGElement>(".moving-still svg") ?? []);
  if (!list || items.length < 2 || pictures.length !== items.length) return;

  const words = section.dataset;
  const stillness = matchMedia("(prefers-reduced-motion: reduce)");
  const stage = new Stage(pictures, () => stillness.matches);
  const play = h("button", { type: "button", class: "lamp" });
  const previous = h("button", { type: "button" }, words["previous"] ?? "");
  const next = h("button", { type: "button" }, words["next"] ?? "");
  const slider = h("input", { type: "range", min: 0, max: items.length - 1, step: 1, value: 0, "aria-label": words["steps"] });
  const status = h("p", { class: "unseen", role: "status" });

  const told = (index: number): string => {
    const { told: when = "", title = "" } = items[index]?.dataset ?? {};
    const values: Record<string, string> = { number: String(index + 1), count: String(items.length), when, title };
    return (words["step"] ?? "").replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
  };
  const spoken = (index: number): string => items[index]?.querySelector(".spoken")?.textContent ?? "";
  const dwell = (index: number): number => dwellMs(`${items[index]?.querySelector(".prose")?.textContent ?? ""} ${spoken(index)}`);

  const render = (index: number, isPlaying: boolean): void => {
    items.forEach((item, at) => item.classList.toggle("now", at === index));
    slider.value = String(index);
    slider.setAttribute("aria-valuetext", told(index));
    play.textContent = (isPlaying ? words["pause"] : words["play"]) ?? "";
    // No motion is asked for: the visitor goes from step to step.
    play.hidden = stillness.matches;
    setEnabled(previous, index > 0);
    setEnabled(next, index < items.length - 1);
  };
  let shown = 0;
  const sequence = new Sequence(items.length, dwell, (index, isPlaying) => {
    if (index !== shown) {
      stage.show(index, true);
      status.textContent = `${told(index)} ${spoken(index)}`;
      shown = index;
    }
    render(index, isPlaying);
  });
  play.addEventListener("click", () => (sequence.isPlaying ? sequence.pause() : sequence.play()));
  previous.addEventListener("click", () => sequence.show(sequence.index - 1));
  next.addEventListener("click", () => sequence.show(sequence.index + 1));
  slider.addEventListener("input", () => sequence.show(Number(slider.value)));
  document.addEventListener("visibilitychange", () => document.hidden && sequence.pause());
  stillness.addEventListener("change", () => {
    sequence.pause();
    render(sequence.index, false);
  });

  const open = (): void => {
    const id = FRAGMENT.exec(location.hash)?.[1];
    const at = id ? items.findIndex((item) => item.id === `event=${decodeURIComponent(id)}`) : -1;
    if (at < 0) return;
    sequence.show(at);
    player.scrollIntoView();
  };
  addEventListener("hashchange", open);

  section.classList.add("moving-is-played");
  const controls = h("div", { class: "moving-controls buttons screen" }, play, previous, next, slider);
  const player = h("div", { class: "moving-player screen" }, stage.element, controls, status);
  list.before(player);
  render(0, false);
  open();
  // Once all is there, the browser goes to the words of the step by itself.
  if (document.readyState !== "complete") addEventListener("load", () => setTimeout(open), { once: true });
}

/** Leave a button that does nothing where it is, so that the focus stays on it. */
function setEnabled(button: HTMLButtonElement, isEnabled: boolean): void {
  button.setAttribute("aria-disabled", String(!isEnabled));
}
