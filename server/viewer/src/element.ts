// <carreau-viewer site="…" state="…" lang="…">, or <carreau-viewer territory place="…" lang="…">: the poster first, the model when the visitor scrolls near or clicks.
// With reveal="manual", only after a click on the button or on the picture.
import { type DeepLink, formatDeepLink, parseDeepLink } from "./deep_link";
import { languageOf } from "./documents";
import type { CarreauEvents } from "./events";
import { formatView, parseView } from "./models/camera";
import type { Quality } from "./models/levels";
import { Session } from "./session";
import type { Mode } from "./tools/comparison";
import type { PageAction } from "./ui/overlay";
import { viewerStyleSheet } from "./ui/styles";

/** Distance below the window at which a viewer starts to load. */
const NEAR = "25% 0px";

export class CarreauViewer extends HTMLElement {
  static readonly observedAttributes = ["site", "state", "territory", "place", "lang", "reveal", "display", "sound", "screen"];
  #session: Session | undefined;
  #stopped = new AbortController();
  #isRestarting = false;
  /** Whether `?display=` of the page may still choose the display. */
  #mayChooseDisplay = true;
  #isBackFromPyramid = false;

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [viewerStyleSheet()];
  }

  /** Slug of the site. */
  get site(): string {
    return this.getAttribute("site") ?? "";
  }
  set site(value: string) {
    this.setAttribute("site", value);
  }

  /** Id of the state; by default the first state that has a model. */
  get state(): string {
    return this.getAttribute("state") ?? this.#session?.state?.id ?? "";
  }
  set state(value: string) {
    this.setAttribute("state", value);
  }

  /** "pyramid": four rotated views on black for a mirror pyramid. */
  get display(): string {
    return this.getAttribute("display") ?? "";
  }
  set display(value: string) {
    this.toggleAttribute("display", !!value);
    if (value) this.setAttribute("display", value);
  }

  /** Level that is shown: "preview", "phone", "desktop" or "desktop-ktx2"; empty if there is none. */
  get level(): string {
    return this.#session?.model?.level ?? "";
  }

  /** Camera: azimuth and polar angle in degrees, radius and target in metres, field of view in degrees. */
  get view(): string {
    const model = this.#session?.model;
    return model ? formatView(model.view) : "";
  }
  set view(value: string) {
    const view = parseView(value);
    if (view) this.#session?.model?.setView(view, true);
  }

  connectedCallback(): void {
    this.#start();
  }

  disconnectedCallback(): void {
    this.#stop();
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after || !this.#session || this.#isRestarting) return;
    // Restart once, after all attributes that are set together.
    this.#isRestarting = true;
    queueMicrotask(() => {
      this.#isRestarting = false;
      if (!this.isConnected) return;
      const isOpen = !!this.#session?.model && name === "state";
      this.#stop();
      this.#start();
      if (isOpen) void this.open();
    });
  }

  /** Show the model; resolves when its first level is shown, or cannot be. */
  async open(): Promise<void> {
    await this.#session?.ready();
  }

  /** Show a level: "preview", "phone" or "desktop", in the encoding that suits the device. */
  async show(level: Quality): Promise<void> {
    await this.#session?.show(level);
  }

  /** Move the camera to an annotation, by its id; resolves to whether it exists. */
  async lookAt(annotation: string): Promise<boolean> {
    return !!(await this.#session?.navigate({ state: this.state, annotation }));
  }

  /** Go to a step of a tour, counted from 1; resolves to whether it exists. */
  async goToStep(tour: string, step = 1): Promise<boolean> {
    return !!(await this.#session?.navigate({ state: this.state, tour, step }));
  }

  /** Compare with another state: "slider", "fade" or "side"; share of the other state from 0 to 1. Resolves to whether it is possible. */
  async compare(other: string, mode: Mode = "slider", share = 0.5): Promise<boolean> {
    return !!(await this.#session?.compare(other, mode, share));
  }

  /** Stop the comparison. */
  stopComparing(): void {
    this.#session?.stopComparing();
  }

  /** Do what a link of the page asks for: "compare", "ar", "tour" or "fullscreen"; resolves to whether it is possible. */
  async act(action: PageAction): Promise<boolean> {
    return !!(await this.#session?.act(action));
  }

  /** Return the fragment of an address that leads to the current view, with its "#". */
  link(): string {
    return this.#session?.host ? formatDeepLink(this.#session.host.deepLink()) : "";
  }

  #start(): void {
    this.#stopped = new AbortController();
    const { signal } = this.#stopped;
    if (this.#mayChooseDisplay && isPyramidRequested(this)) this.setAttribute("display", "pyramid");
    this.#mayChooseDisplay = false;
    const session = new Session(this, this.site, this.getAttribute("state") ?? "", languageOf(this), (name, detail) => this.#emit(name, detail));
    this.#session = session;
    void session.start().then(() => {
      if (signal.aborted) return;
      if (this.display === "pyramid") return void session.showPyramid(() => this.#leavePyramid());
      if (this.#isBackFromPyramid) void session.focusViewButton();
      this.#isBackFromPyramid = false;
      if (this.getAttribute("reveal") === "manual") this.addEventListener("click", (event) => this.#openOnTap(event), { signal });
      const observer = new IntersectionObserver((entries) => {
        if (!entries.some((each) => each.isIntersecting)) return;
        observer.disconnect();
        void session.onNear();
      }, { rootMargin: NEAR });
      if (this.getAttribute("reveal") !== "manual") observer.observe(this);
      signal.addEventListener("abort", () => observer.disconnect());
      const follow = () => this.#follow(parseDeepLink(location.hash));
      addEventListener("hashchange", follow, { signal });
      follow();
    }, () => undefined);
  }

  /** Follow the deep link of the page, if it is for this viewer. */
  #follow(link: DeepLink | undefined): void {
    if (!link) return;
    if (link.state !== this.state) {
      const others = [...document.querySelectorAll("carreau-viewer")].map((each) => each.getAttribute("state"));
      if (!others.includes(link.state) && document.querySelector("carreau-viewer") === this) this.#session?.hasState(link.state).then((exists) => exists && (this.state = link.state));
      return;
    }
    this.scrollIntoView({ block: "center" });
    void this.#session?.navigate(link);
  }

  /** Show the model after a tap on its picture; links and buttons on it do what they are for. */
  #openOnTap(event: Event): void {
    const isLink = event.composedPath().some((each) => each instanceof Element && each.matches("a, button"));
    if (!isLink && !event.defaultPrevented && !this.#session?.model) void this.open();
  }

  #leavePyramid(): void {
    this.display = "";
    this.#emit("carreau-display", { display: "" });
    this.#isBackFromPyramid = true;
  }

  #stop(): void {
    this.#stopped.abort();
    this.#session?.dispose();
    this.#session = undefined;
  }

  #emit<Name extends keyof CarreauEvents>(name: Name, detail: CarreauEvents[Name]): boolean {
    const cancelable = name === "carreau-annotation";
    return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable }));
  }
}

/** Return whether the address of the page requests the pyramid (?display=pyramid) and this is its first viewer. */
function isPyramidRequested(element: Element): boolean {
  return new URLSearchParams(location.search).get("display") === "pyramid" && document.querySelector("carreau-viewer") === element;
}

declare global {
  interface HTMLElementTagNameMap {
    "carreau-viewer": CarreauViewer;
  }
}
