// What two people changed at the same time: both values of each field, of which one is chosen.
import { h } from "../dom";
import { buttonOf } from "./scene_controls";
import type { SceneHost, ScenePanel } from "./scene_host";
import { valueOf, withValues } from "./scene_state";

export class ClashPanel implements ScenePanel {
  readonly element = h("section", { class: "notice heed", "aria-labelledby": "clashes", hidden: true });
  readonly #host: SceneHost;
  #theirs: Readonly<Record<string, string>> = {};

  constructor(host: SceneHost) {
    this.#host = host;
  }

  set theirs(theirs: Readonly<Record<string, string>>) {
    this.#theirs = theirs;
    this.draw();
  }

  draw(): void {
    const { t } = this.#host;
    const names = Object.keys(this.#theirs);
    this.element.hidden = !names.length;
    this.element.replaceChildren(h("h2", { id: "clashes" }, t("clashes")), h("ul", {}, ...names.map((name) => this.#item(name))));
  }

  #item(name: string): HTMLElement {
    const { t, state } = this.#host;
    const theirs = this.#theirs[name] ?? "";
    const value = (text: string) => h("span", { lang: "fr" }, text || t("empty"));
    return h("li", {}, h("code", {}, name),
      h("p", {}, `${t("mine")} `, value(valueOf(state, name))), h("p", {}, `${t("theirs")} `, value(theirs)),
      h("p", { class: "buttons" },
        buttonOf(`keep ${name}`, t("keep_mine"), () => this.#settle(name), name),
        buttonOf(`take ${name}`, t("take_theirs"), () => this.#settle(name, theirs), name)));
  }

  #settle(name: string, value?: string): void {
    const { [name]: _, ...rest } = this.#theirs;
    this.theirs = rest;
    if (value !== undefined) this.#host.edit(withValues(this.#host.state, { [name]: value }));
    (this.element.querySelector("button") ?? document.querySelector<HTMLElement>("[data-do=save]"))?.focus();
  }
}
