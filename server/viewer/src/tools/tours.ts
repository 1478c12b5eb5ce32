// Guided tours: a sequence of views with sound, captions and text.
import { h } from "../dom";
import { viewOfCamera } from "../models/camera";
import type { Step, Tour } from "../schema";
import { plainText } from "../words";
import { audioElement, fullTranscript, watchCaptions } from "./media";
import type { PanelHost } from "./panel_host";

/** Return the tours of a state. */
export function stateTours(host: Pick<PanelHost, "site" | "state">): readonly Tour[] {
  return host.site.tours.filter((each) => each.state === host.state.id && each.steps.length > 0);
}

export class Tours {
  readonly panel = h("div", { class: "tours" });
  tour: Tour | undefined;
  /** Index of the step, from 0. */
  at = 0;
  isPlaying = false;
  isSilent = false;
  readonly #host: PanelHost;
  readonly #caption: HTMLElement;
  readonly #fill: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sound: HTMLAudioElement | undefined;
  #soundEnded: Promise<void> = Promise.resolve();

  /** caption : element on the stage for captions and transcripts; fill : has the stage fill the screen, or leave it */
  constructor(host: PanelHost, caption: HTMLElement, fill: () => void) {
    this.#fill = fill;
    this.#host = host;
    this.#caption = caption;
    this.#render();
  }

  get step(): Step | undefined {
    return this.tour?.steps[this.at];
  }

  /** Go to a step, and continue from there if the tour is playing. */
  async go(tour: Tour, at: number, isPlaying = this.isPlaying): Promise<void> {
    this.#stopAudio();
    this.tour = tour;
    this.at = Math.max(0, Math.min(at, tour.steps.length - 1));
    this.isPlaying = isPlaying;
    this.#render();
    const model = await this.#host.ready();
    const step = this.step;
    if (!step || this.tour !== tour) return;
    if (model && step.camera) model.setView(viewOfCamera(step.camera), this.#host.reducedMotion);
    this.#host.select(undefined);
    this.#markPin(step);
    const text = step.text ? plainText(step.text.text) : "";
    const { words } = this.#host;
    const place = words.t("step", { number: String(this.at + 1), count: String(tour.steps.length) });
    this.#showCaption(text, step.text?.lang);
    this.#host.announce([place, text].filter(Boolean).join(". "), false);
    this.#host.emit("carreau-step", { tour: tour.id, step: this.at + 1 });
    if (this.isPlaying) this.#play(step);
  }

  async play(): Promise<void> {
    const tour = this.tour ?? stateTours(this.#host)[0];
    if (tour) await this.go(tour, this.at, true);
  }

  pause(): void {
    this.#stopAudio();
    this.isPlaying = false;
    this.#render();
  }

  /** Leave the tour. */
  end(): void {
    const tour = this.tour;
    this.#stopAudio();
    this.isPlaying = false;
    this.tour = undefined;
    this.at = 0;
    this.#showCaption("");
    this.#render();
    if (tour) this.#host.emit("carreau-step", { tour: tour.id, step: 0 });
  }

  #play(step: Step): void {
    const medium = step.sound ? this.#host.medium(step.sound) : undefined;
    if (medium && !this.isSilent) {
      const transcript = fullTranscript(medium, this.#host.words.lang);
      if (transcript) this.#showCaption(transcript.text, transcript.lang);
      this.#playAudio(audioElement(this.#host, medium, false), !transcript);
    }
    this.#timer = setTimeout(() => {
      const { tour, at } = this;
      void this.#soundEnded.then(() => {
        if (!this.isPlaying || this.tour !== tour || this.at !== at || !tour) return;
        if (at + 1 < tour.steps.length) void this.go(tour, at + 1);
        else {
          this.pause();
          this.#host.announce(this.#host.words.t("tour_ended"));
        }
      });
    }, step.duration_s * 1000);
  }

  #playAudio(sound: HTMLAudioElement, hasCaptions: boolean): void {
    this.#sound = sound;
    this.#soundEnded = new Promise((resolve) => {
      for (const name of ["ended", "error", "pause"]) sound.addEventListener(name, () => resolve());
    });
    if (hasCaptions) watchCaptions(sound, ({ text, lang }) => this.#showCaption(text, lang));
    // The browser may block the sound; the text is shown anyway.
    sound.play().catch(() => sound.dispatchEvent(new Event("error")));
  }

  #stopAudio(): void {
    clearTimeout(this.#timer);
    this.#sound?.pause();
    this.#sound = undefined;
    this.#soundEnded = Promise.resolve();
  }

  #showCaption(text: string, lang = this.#host.words.lang): void {
    this.#caption.textContent = text;
    this.#caption.lang = lang;
    this.#caption.hidden = !text;
  }

  #markPin(step: Step): void {
    for (const pin of this.#host.model?.viewer.querySelectorAll(".pin") ?? []) {
      pin.classList.toggle("chosen", pin.getAttribute("data-annotation") === step.annotation);
    }
  }

  #render(): void {
    const { words } = this.#host;
    const focused = (this.panel.getRootNode() as ShadowRoot).activeElement?.getAttribute("data-do");
    this.panel.replaceChildren(...stateTours(this.#host).flatMap((tour) => this.#tourSection(tour, words.t("step_short"))));
    if (focused) this.panel.querySelector<HTMLElement>(`[data-do="${focused}"]`)?.focus();
  }

  #tourSection(tour: Tour, word: string): HTMLElement[] {
    const { words } = this.#host;
    const isThis = this.tour === tour;
    const press = (does: string, label: string, run: () => void, isOff = false) =>
      // aria-disabled keeps the focus, unlike `disabled`.
      h("button", { type: "button", "data-do": `${tour.id} ${does}`, onclick: () => isOff || run(), "aria-disabled": isOff ? "true" : undefined }, label);
    const isPlaying = isThis && this.isPlaying;
    const buttons = [
      isPlaying
        ? press("play", words.t("pause"), () => this.pause())
        : press("play", words.t(isThis ? "play" : "start"), () => void this.go(tour, isThis ? this.at : 0, true)),
      press("back", words.t("previous"), () => void this.go(tour, this.at - 1), !isThis || this.at === 0),
      press("on", words.t("next"), () => void this.go(tour, isThis ? this.at + 1 : 0), isThis && this.at === tour.steps.length - 1),
    ];
    if (tour.steps.some((step) => step.sound)) {
      const silent = press("sound", words.t("sound"), () => this.#toggleSound());
      silent.setAttribute("aria-pressed", String(!this.isSilent));
      buttons.push(silent);
    }
    const full = press("full", words.t("full"), () => this.#fill());
    full.classList.add("on-sheet");
    buttons.push(full);
    if (isThis) buttons.push(press("end", words.t("leave_tour"), () => this.end()));
    const steps = tour.steps.map((step, at) => {
      const go = h("button", { type: "button", "data-do": `${tour.id} ${at}`, onclick: () => void this.go(tour, at) }, `${word} ${at + 1}`);
      if (isThis && at === this.at) go.setAttribute("aria-current", "step");
      const transcript = step.sound ? this.#host.medium(step.sound)?.transcript : undefined;
      return h("li", isThis && at === this.at ? { class: "chosen" } : {}, go, ...words.paragraphs(step.text),
        ...(transcript ? [h("details", {}, h("summary", {}, words.t("transcript")), ...words.paragraphs(transcript))] : []));
    });
    return [
      h("h3", {}, words.text(tour.title)), ...words.paragraphs(tour.summary),
      h("div", { class: "row", role: "group", "aria-label": plainText(tour.title.text) }, ...buttons),
      h("details", { open: isThis }, h("summary", {}, words.t("all_steps")), h("ol", { class: "steps" }, ...steps)),
    ];
  }

  #toggleSound(): void {
    this.isSilent = !this.isSilent;
    if (this.isSilent) this.#sound?.pause();
    else if (this.isPlaying && this.step) return void this.go(this.tour as Tour, this.at);
    this.#render();
  }
}
