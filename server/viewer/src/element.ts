// <carreau-viewer site="…" state="…" lang="…">: the poster at once, a model when the visitor comes near or asks.
import { type Place, readPlace, writePlace } from "./deep_link";
import { languageOf } from "./documents";
import type { CarreauEvents } from "./events";
import { readLook, writeLook } from "./models/camera";
import type { ShownName } from "./models/levels";
import { Session } from "./session";
import type { Mode } from "./tools/comparison";
import { sheetOfViewer } from "./ui/styles";

/** How far below the window a viewer begins to load. */
const NEAR = "25% 0px";

export class CarreauViewer extends HTMLElement {
  static readonly observedAttributes = ["site", "state", "lang", "display", "sound", "screen"];
  #session: Session | undefined;
  #leaving = new AbortController();
  #isComing = false;
  /** Whether the address of the page may still choose a display. */
  #isAsked = true;
  #isBack = false;

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheetOfViewer()];
  }

  /** Slug of the site. */
  get site(): string {
    return this.getAttribute("site") ?? "";
  }
  set site(value: string) {
    this.setAttribute("site", value);
  }

  /** Id of the state; the first that has a model where none is named. */
  get state(): string {
    return this.getAttribute("state") ?? this.#session?.state?.id ?? "";
  }
  set state(value: string) {
    this.setAttribute("state", value);
  }

  /** "pyramid": four turned views on black for a pyramid of mirrors. */
  get display(): string {
    return this.getAttribute("display") ?? "";
  }
  set display(value: string) {
    this.toggleAttribute("display", !!value);
    if (value) this.setAttribute("display", value);
  }

  /** Level that is shown: "preview", "phone" or "desktop", or nothing. */
  get level(): string {
    return this.#session?.model?.level ?? "";
  }

  /** Where the camera is: azimuth and polar angle in degrees, radius and target in metres, field of view in degrees. */
  get view(): string {
    const model = this.#session?.model;
    return model ? writeLook(model.look) : "";
  }
  set view(value: string) {
    const look = readLook(value);
    if (look) this.#session?.model?.lookFrom(look, true);
  }

  connectedCallback(): void {
    this.#begin();
  }

  disconnectedCallback(): void {
    this.#end();
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after || !this.#session || this.#isComing) return;
    // Another state, site or language begins anew, after all attributes that are set together.
    this.#isComing = true;
    queueMicrotask(() => {
      this.#isComing = false;
      if (!this.isConnected) return;
      const isOpen = !!this.#session?.model && name === "state";
      this.#end();
      this.#begin();
      if (isOpen) void this.open();
    });
  }

  /** Show the model; resolves when its first level is there, or cannot be. */
  async open(): Promise<void> {
    await this.#session?.ready();
  }

  /** Show a level, "preview", "phone" or "desktop". */
  async show(level: ShownName): Promise<void> {
    const model = await this.#session?.ready();
    if (model) await this.#session?.load(model, level);
  }

  /** Look at an annotation, by its id; resolves to whether there is one. */
  async lookAt(annotation: string): Promise<boolean> {
    return !!(await this.#session?.go({ state: this.state, annotation }));
  }

  /** Go to a step of a tour, counted from 1; resolves to whether there is one. */
  async goToStep(tour: string, step = 1): Promise<boolean> {
    return !!(await this.#session?.go({ state: this.state, tour, step }));
  }

  /** Lay another state on this one: "slider", "fade" or "side"; share of the other one from 0 to 1. Resolves to whether it could. */
  async compare(other: string, mode: Mode = "slider", share = 0.5): Promise<boolean> {
    return !!(await this.#session?.compare(other, mode, share));
  }

  /** Show this state alone again. */
  stopComparing(): void {
    this.#session?.stopComparing();
  }

  /** Return the end of an address that leads to what is seen now, from its #. */
  link(): string {
    return this.#session?.host ? writePlace(this.#session.host.place()) : "";
  }

  #begin(): void {
    this.#leaving = new AbortController();
    const { signal } = this.#leaving;
    if (this.#isAsked && isPyramidAsked(this)) this.setAttribute("display", "pyramid");
    this.#isAsked = false;
    const session = new Session(this, this.site, this.getAttribute("state") ?? "", languageOf(this), (name, detail) => this.#emit(name, detail));
    this.#session = session;
    void session.begin().then(() => {
      if (signal.aborted) return;
      if (this.display === "pyramid") return void session.showPyramid(() => this.#leavePyramid());
      if (this.#isBack) void session.comeBack();
      this.#isBack = false;
      const near = new IntersectionObserver((seen) => {
        if (!seen.some((each) => each.isIntersecting)) return;
        near.disconnect();
        void session.approached();
      }, { rootMargin: NEAR });
      near.observe(this);
      signal.addEventListener("abort", () => near.disconnect());
      const follow = () => this.#follow(readPlace(location.hash));
      addEventListener("hashchange", follow, { signal });
      follow();
    }, () => undefined);
  }

  /** Go where the address of the page leads, if that is here. */
  #follow(place: Place | undefined): void {
    if (!place) return;
    if (place.state !== this.state) {
      const others = [...document.querySelectorAll("carreau-viewer")].map((each) => each.getAttribute("state"));
      if (!others.includes(place.state) && document.querySelector("carreau-viewer") === this) this.#session?.has(place.state).then((is) => is && (this.state = place.state));
      return;
    }
    this.scrollIntoView({ block: "center" });
    void this.#session?.go(place);
  }

  #leavePyramid(): void {
    this.display = "";
    this.#emit("carreau-display", { display: "" });
    this.#isBack = true;
  }

  #end(): void {
    this.#leaving.abort();
    this.#session?.end();
    this.#session = undefined;
  }

  #emit<Name extends keyof CarreauEvents>(name: Name, detail: CarreauEvents[Name]): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

/** Say whether the address of the page asks for the pyramid: ?display=pyramid, of its first viewer. */
function isPyramidAsked(element: Element): boolean {
  return new URLSearchParams(location.search).get("display") === "pyramid" && document.querySelector("carreau-viewer") === element;
}

declare global {
  interface HTMLElementTagNameMap {
    "carreau-viewer": CarreauViewer;
  }
}
