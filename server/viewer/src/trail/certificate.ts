// The certificate at the end of a trail: the visitor's name stands on the paper only, and is neither stored nor sent.

export interface Certificate {
  /** Show it, with the chapters that were heard. */
  show(heard: string): void;
  hide(): void;
}

/** Set up the section of the certificate. */
export function setUpCertificate(section: HTMLElement): Certificate {
  const input = section.querySelector<HTMLInputElement>("input")!;
  const name = section.querySelector<HTMLElement>("[data-name]")!;
  const heard = section.querySelector<HTMLElement>("[data-heard]")!;
  const day = section.querySelector<HTMLTimeElement>("time")!;
  const heading = section.querySelector<HTMLElement>("h2")!;
  const root = document.documentElement;

  input.addEventListener("input", () => (name.textContent = input.value));
  section.querySelector("form")!.addEventListener("submit", (event) => {
    event.preventDefault();
    root.classList.add("trail-only-certificate");
    // Blocks until the visitor has printed or not; where it does not, `afterprint` comes later.
    print();
  });
  addEventListener("afterprint", () => root.classList.remove("trail-only-certificate"));

  return {
    show(chapters) {
      const now = new Date();
      heard.textContent = chapters;
      day.dateTime = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
      day.textContent = now.toLocaleDateString(root.lang, { dateStyle: "long" });
      section.hidden = false;
      heading.focus({ preventScroll: true });
      section.scrollIntoView({ block: "start", behavior: "instant" });
    },
    hide() {
      section.hidden = true;
      input.value = "";
      name.textContent = "";
    },
  };
}
