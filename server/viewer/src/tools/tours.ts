// Guided tours: views one after the other, with sound, captions and all the text to read.
import { h } from "../dom";
import { lookOf } from "../models/camera";
import type { Step, Tour } from "../schema";
import { plain } from "../words";
import { followCaptions, soundOf, wholeText } from "./media";
import type { Host } from "./panel_host";

/** Return the tours of a state. */
export function toursOf(host: Pick<Host, "site" | "state">): readonly Tour[] {
  return host.site.tours.filter((each) => each.state === host.state.id && each.steps.length > 0);
}

export class Tours {
  readonly panel = h("div", { class: "tours" });
  tour: Tour | undefined;
  /** Counted from 0. */
  at = 0;
  isPlaying = false;
  isSilent = false;
  readonly #host: Host;
  readonly #caption: HTMLElement;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sound: HTMLAudioElement | undefined;
  #soundEnded: Promise<void> = Promise.resolve();

  /** caption : where what is heard is written, on the stage */
  constructor(host: Host, caption: HTMLElement) {
    this.#host = host;
    this.#caption = caption;
    this.#draw();
  }

  get step(): Step | undefined {
    return this.tour?.steps[this.at];
  }

  /** Go to a step, and on from there if the tour is playing. */
  async go(tour: Tour, at: number, isPlaying = this.isPlaying): Promise<void> {
    this.#halt();
    this.tour = tour;
    this.at = Math.max(0, Math.min(at, tour.steps.length - 1));
    this.isPlaying = isPlaying;
    this.#draw();
    const model = await this.#host.ready();
    const step = this.step;
    if (!step || this.tour !== tour) return;
    if (model && step.camera) model.lookFrom(lookOf(step.camera), this.#host.isStill);
    this.#host.choose(undefined);
    this.#mark(step);
    const text = step.text ? plain(step.text.text) : "";
    const { words } = this.#host;
    const place = words.say("step", { number: String(this.at + 1), count: String(tour.steps.length) });
    this.#say(text, step.text?.lang);
    this.#host.announce([place, text].filter(Boolean).join(". "), false);
    this.#host.emit("carreau-step", { tour: tour.id, step: this.at + 1 });
    if (this.isPlaying) this.#play(step);
  }

  async play(): Promise<void> {
    const tour = this.tour ?? toursOf(this.#host)[0];
    if (tour) await this.go(tour, this.at, true);
  }

  pause(): void {
    this.#halt();
    this.isPlaying = false;
    this.#draw();
  }

  /** Leave the tour. */
  end(): void {
    const tour = this.tour;
    this.#halt();
    this.isPlaying = false;
    this.tour = undefined;
    this.at = 0;
    this.#say("");
    this.#draw();
    if (tour) this.#host.emit("carreau-step", { tour: tour.id, step: 0 });
  }

  #play(step: Step): void {
    const medium = step.sound ? this.#host.medium(step.sound) : undefined;
    if (medium && !this.isSilent) {
      const whole = wholeText(medium, this.#host.words.lang);
      if (whole) this.#say(whole.text, whole.lang);
      this.#hear(soundOf(this.#host, medium, false), !whole);
    }
    this.#timer = setTimeout(() => {
      const { tour, at } = this;
      void this.#soundEnded.then(() => {
        if (!this.isPlaying || this.tour !== tour || this.at !== at || !tour) return;
        if (at + 1 < tour.steps.length) void this.go(tour, at + 1);
        else {
          this.pause();
          this.#host.announce(this.#host.words.say("tour_ended"));
        }
      });
    }, step.duration_s * 1000);
  }

  #hear(sound: HTMLAudioElement, hasCaptions: boolean): void {
    this.#sound = sound;
    this.#soundEnded = new Promise((resolve) => {
      for (const name of ["ended", "error", "pause"]) sound.addEventListener(name, () => resolve());
    });
    if (hasCaptions) followCaptions(sound, ({ text, lang }) => this.#say(text, lang));
    // A browser may refuse sound that nobody asked for; the text is there.
    sound.play().catch(() => sound.dispatchEvent(new Event("error")));
  }

  #halt(): void {
    clearTimeout(this.#timer);
    this.#sound?.pause();
    this.#sound = undefined;
    this.#soundEnded = Promise.resolve();
  }

  #say(text: string, lang = this.#host.words.lang): void {
    this.#caption.textContent = text;
    this.#caption.lang = lang;
    this.#caption.hidden = !text;
  }

  #mark(step: Step): void {
    for (const pin of this.#host.model?.viewer.querySelectorAll(".pin") ?? []) {
      pin.classList.toggle("chosen", pin.getAttribute("data-annotation") === step.annotation);
    }
  }

  #draw(): void {
    const { words } = this.#host;
    const focused = (this.panel.getRootNode() as ShadowRoot).activeElement?.getAttribute("data-do");
    this.panel.replaceChildren(...toursOf(this.#host).flatMap((tour) => this.#told(tour, words.say("step_short"))));
    if (focused) this.panel.querySelector<HTMLElement>(`[data-do="${focused}"]`)?.focus();
  }

  #told(tour: Tour, word: string): HTMLElement[] {
    const { words } = this.#host;
    const isThis = this.tour === tour;
    const press = (does: string, label: string, run: () => void, isOff = false) =>
      // One that is off keeps the focus, which a disabled one would lose.
      h("button", { type: "button", "data-do": `${tour.id} ${does}`, onclick: () => isOff || run(), "aria-disabled": isOff || undefined }, label);
    const isPlaying = isThis && this.isPlaying;
    const buttons = [
      isPlaying
        ? press("play", words.say("pause"), () => this.pause())
        : press("play", words.say(isThis ? "play" : "start"), () => void this.go(tour, isThis ? this.at : 0, true)),
      press("back", words.say("previous"), () => void this.go(tour, this.at - 1), !isThis || this.at === 0),
      press("on", words.say("next"), () => void this.go(tour, isThis ? this.at + 1 : 0), isThis && this.at === tour.steps.length - 1),
    ];
    if (tour.steps.some((step) => step.sound)) {
      const silent = press("sound", words.say("sound"), () => this.#silence());
      silent.setAttribute("aria-pressed", String(!this.isSilent));
      buttons.push(silent);
    }
    if (isThis) buttons.push(press("end", words.say("leave_tour"), () => this.end()));
    const steps = tour.steps.map((step, at) => {
      const go = h("button", { type: "button", class: "small", "data-do": `${tour.id} ${at}`, onclick: () => void this.go(tour, at) }, `${word} ${at + 1}`);
      if (isThis && at === this.at) go.setAttribute("aria-current", "step");
      const heard = step.sound ? this.#host.medium(step.sound)?.transcript : undefined;
      return h("li", isThis && at === this.at ? { class: "chosen" } : {}, go, ...words.paragraphs(step.text),
        ...(heard ? [h("details", {}, h("summary", {}, words.say("transcript")), ...words.paragraphs(heard))] : []));
    });
    return [
      h("h3", {}, words.text(tour.title)), ...words.paragraphs(tour.summary),
      h("div", { class: "row", role: "group", "aria-label": plain(tour.title.text) }, ...buttons),
      h("details", { open: isThis }, h("summary", {}, words.say("all_steps")), h("ol", { class: "steps" }, ...steps)),
    ];
  }

  #silence(): void {
    this.isSilent = !this.isSilent;
    if (this.isSilent) this.#sound?.pause();
    else if (this.isPlaying && this.step) return void this.go(this.tour as Tour, this.at);
    this.#draw();
  }
}
