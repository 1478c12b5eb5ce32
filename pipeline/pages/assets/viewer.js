// Put a model that can be turned in the place of its poster when the visitor asks; until then nothing is fetched.
const NARROW = 700;

/** Adopt the style that the library writes into its root as an element, which our policy does not let take effect. */
function styled(root) {
  for (const style of root?.querySelectorAll("style") ?? []) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style.textContent);
    root.adoptedStyleSheets.push(sheet);
  }
}

class CarreauViewer extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button");
    if (!button || !this.dataset.library || !this.#level()) return;
    button.hidden = false;
    button.addEventListener("click", () => this.open());
  }

  /** Show the model; resolves when the library is there. */
  async open() {
    const button = this.querySelector("button");
    const level = this.#level();
    if (this.querySelector("model-viewer") || !level) return;
    button.disabled = true;
    this.#say(this.dataset.loading);
    try {
      // The library reads these when it starts.
      self.ModelViewerElement ??= {
        dracoDecoderLocation: this.dataset.draco,
        ktx2TranscoderLocation: this.dataset.basis,
        meshoptDecoderLocation: this.dataset.meshopt,
      };
      await import(this.dataset.library);
    } catch {
      this.#failed();
      return;
    }
    const viewer = this.#viewer(level);
    viewer.addEventListener("load", () => {
      this.#say("");
      button.hidden = true;
      this.dataset.shown = level.dataset.level;
      viewer.focus();
    });
    viewer.addEventListener("error", () => {
      viewer.remove();
      this.#failed();
    });
    const picture = this.querySelector("figure");
    if (picture) picture.hidden = true;
    this.prepend(viewer);
    styled(viewer.shadowRoot);
  }

  #viewer(level) {
    const viewer = document.createElement("model-viewer");
    const poster = this.querySelector("figure img");
    const set = { src: level.getAttribute("href"), alt: this.dataset.label, "camera-controls": "", "touch-action": "pan-y" };
    set["interaction-prompt"] = "none";
    set["shadow-intensity"] = "0.6";
    set.exposure = "0.9";
    if (poster) set.poster = poster.currentSrc || poster.src;
    if (this.dataset.orbit) set["camera-orbit"] = this.dataset.orbit;
    for (const [name, value] of Object.entries(set)) viewer.setAttribute(name, value);
    return viewer;
  }

  /** The link to the level for this screen: the smaller one where data is to be saved. */
  #level() {
    const isSmall = innerWidth < NARROW || navigator.connection?.saveData;
    const order = isSmall ? ["phone", "preview", "desktop"] : ["desktop", "phone", "preview"];
    return order.map((name) => this.querySelector(`a[data-level="${name}"]`)).find(Boolean);
  }

  #say(text) {
    const status = this.querySelector("[role=status]");
    if (status) status.textContent = text;
  }

  #failed() {
    const picture = this.querySelector("figure");
    if (picture) picture.hidden = false;
    this.querySelector("button").disabled = false;
    const files = this.querySelector("details");
    if (files) files.open = true;
    this.#say(this.dataset.failed);
  }
}

customElements.define("carreau-viewer", CarreauViewer);
