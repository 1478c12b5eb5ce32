// Parts of the model with an evidence of their own: marked by a click or from a list, named, and told how sure they are.
import { h } from "../dom";
import { buttonOf, choiceOf, fieldOf, labelled, redrawn, selectOf, shownValue } from "./scene_controls";
import type { SceneHost, ScenePanel } from "./scene_host";
import { rowsOf, valueOf, withoutRow, withRow } from "./scene_state";
import { stateRow } from "./view_editor";

export const PART = "part";

export class PartEditor implements ScenePanel {
  readonly element = h("section", { "aria-labelledby": "parts" });
  readonly #host: SceneHost;
  readonly #content = h("div");

  constructor(host: SceneHost) {
    this.#host = host;
    this.element.append(h("h2", { id: "parts" }, host.t("parts")), this.#content);
  }

  /** Mark what was clicked on. */
  pick(part: string | undefined): void {
    this.#host.setMode("");
    if (part === undefined) this.#host.say(this.#host.t("no_part_there"));
    else this.#mark(part);
  }

  draw(): void {
    const { t, stage, state } = this.#host;
    const array = this.#array;
    const names = stage.parts;
    if (array === undefined || (!names.length && !rowsOf(state, array).length)) {
      redrawn(this.#content, h("p", { class: "of" }, t("no_parts")));
      return;
    }
    const rows = rowsOf(state, array);
    const marked = rows.map((row) => valueOf(state, `${array}.${row}.name`));
    const rest = names.filter((name) => !marked.includes(name));
    const select = selectOf("part-name", rest.map((name) => [name, name] as const), rest[0] ?? "", () => undefined);
    const click = buttonOf("part-click", t("part_click"), () => this.#host.setMode(this.#host.mode === PART ? "" : PART));
    click.dataset["mode"] = PART;
    click.setAttribute("aria-pressed", String(this.#host.mode === PART));
    redrawn(
      this.#content,
      h("p", { class: "buttons" }, click),
      ...(rest.length ? [h("div", { class: "aims", role: "group", "aria-label": t("by_keyboard") },
        labelled(select, t("part_name")), buttonOf("part-mark", t("mark_part"), () => this.#mark(select.value)))] : []),
      h("ol", { class: "rows" }, ...rows.map((row, at) => this.#item(array, row, at, names))),
    );
  }

  /** Name of the array of parts of the state that is shown. */
  get #array(): string | undefined {
    const state = stateRow(this.#host);
    return state && `${state}.part`;
  }

  #item(array: string, row: string, at: number, names: readonly string[]): HTMLElement {
    const { t, state, place } = this.#host;
    const name = `${array}.${row}`;
    const node = valueOf(state, `${name}.name`);
    return h("li", {}, h("details", { id: `row-${name}` },
      h("summary", {}, shownValue(this.#host, `${name}.title`, node)),
      h("p", { class: "of" }, h("code", {}, node), ...(names.includes(node) ? [] : [` ${t("not_in_model")}`])),
      fieldOf(this.#host, `${name}.title`, t("name")),
      choiceOf(this.#host, `${name}.evidence`, t("evidence"), [["", t("not_chosen")], ...Object.entries(place.evidence)]),
      fieldOf(this.#host, `${name}.note`, t("note"), "text"),
      h("p", { class: "buttons" }, buttonOf(`${name} remove`, t("remove"), () => this.#remove(array, row), `${t("part")} ${at + 1}`)),
    ));
  }

  #mark(part: string): void {
    const array = this.#array;
    if (array === undefined || !part) return;
    const { state, t } = this.#host;
    let row = rowsOf(state, array).find((each) => valueOf(state, `${array}.${each}.name`) === part);
    if (row === undefined) {
      const [next, added] = withRow(state, array, { name: part, title: "", evidence: "" });
      row = added;
      this.#host.edit(next, t("marked", { name: part }));
    }
    const details = this.#content.querySelector<HTMLDetailsElement>(`#${CSS.escape(`row-${array}.${row}`)}`);
    if (details) details.open = true;
    details?.querySelector("input")?.focus();
  }

  #remove(array: string, row: string): void {
    this.#host.edit(withoutRow(this.#host.state, array, row), this.#host.t("removed"));
    this.#content.querySelector("button")?.focus();
  }
}
