// <carreau-show display="show|pyramid">: plays the script in it. What else is in it is the show to read, without scripts.
import { h } from "../dom";
import { browserClock, type Clock } from "./show_clock";
import { storeCopy } from "./show_copy";
import type { Script } from "./show_script";
import { type Display, Stage } from "./show_stage";
import { showStyleSheet } from "./show_styles";

const DISPLAYS: readonly string[] = ["show", "pyramid"];
/** A second failure within this time needs more than the first. */
const AGAIN_MS = 60_000;

export class CarreauShow extends HTMLElement {
  static readonly observedAttributes = ["display"];
  #clock: Clock = browserClock;
  #script: Script | undefined;
  #stage: Stage | undefined;
  #stalledAt = -Infinity;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [showStyleSheet()];
    root.append(h("slot"));
  }

  /** "show": one picture that fills the screen; "pyramid": four for a mirror pyramid; empty: the page. */
  get display(): string {
    const display = this.getAttribute("display") ?? "";
    return DISPLAYS.includes(display) ? display : "";
  }
  set display(value: string) {
    if (value) this.setAttribute("display", value);
    else this.removeAttribute("display");
  }

  /** The time that it goes by; another one begins it anew. */
  get clock(): Clock {
    return this.#clock;
  }
  set clock(value: Clock) {
    this.#clock = value;
    this.#restart();
  }

  /** What is on the screen; undefined while the page is read. */
  get stage(): Stage | undefined {
    return this.#stage;
  }

  connectedCallback(): void {
    this.#script = JSON.parse(this.querySelector("script[type='application/json']")?.textContent ?? "null") as Script | undefined;
    for (const link of this.querySelectorAll<HTMLAnchorElement>("a[data-display]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        this.display = link.dataset["display"] ?? "";
        void this.#stage?.fillScreen();
      });
    }
    // The address is all that a kiosk has to remember.
    const wanted = new URLSearchParams(location.search).get("display") ?? "";
    if (DISPLAYS.includes(wanted)) this.display = wanted;
    this.#restart();
  }

  disconnectedCallback(): void {
    this.#close();
  }

  attributeChangedCallback(): void {
    if (this.isConnected && this.#script) this.#restart();
  }

  #restart(): void {
    this.#close();
    const { display } = this;
    if (!display || !this.#script || !this.isConnected) return;
    this.#remember(display);
    this.#stage = new Stage({
      script: this.#script,
      clock: this.#clock,
      display: display as Display,
      lang: this.closest<HTMLElement>("[lang]")?.lang ?? "",
      isKiosk: new URLSearchParams(location.search).has("kiosk"),
      isStill: matchMedia("(prefers-reduced-motion: reduce)").matches,
      onLeave: () => this.#leave(),
      onStall: () => this.#recover(),
    });
    this.shadowRoot?.append(this.#stage.element);
    this.#stage.open();
    void this.#keep(this.#script);
  }

  /** Make the screen anew, or load the page anew if that did not help. */
  #recover(): void {
    const now = this.#clock.now();
    const isAgain = now - this.#stalledAt < AGAIN_MS;
    this.#stalledAt = now;
    if (isAgain) location.reload();
    else this.#restart();
  }

  #leave(): void {
    this.display = "";
    this.#remember("");
    this.querySelector<HTMLElement>("a[data-display]")?.focus();
  }

  #close(): void {
    this.#stage?.dispose();
    this.#stage = undefined;
  }

  #remember(display: string): void {
    const address = new URL(location.href);
    if (display) address.searchParams.set("display", display);
    else address.searchParams.delete("display");
    if (address.href !== location.href) history.replaceState(history.state, "", address);
  }

  /** Keep a copy for the day the network is off; without one the show plays as long as there is a network. */
  async #keep({ files }: Script): Promise<void> {
    if (!("caches" in globalThis) || !navigator.serviceWorker || this.dataset["copy"]) return;
    // A page that came from an offline pack is a copy already.
    if (document.documentElement.dataset["pack"] !== undefined) return;
    this.dataset["copy"] = "coming";
    await storeCopy(files).then(() => (this.dataset["copy"] = "here"), () => delete this.dataset["copy"]);
  }
}
