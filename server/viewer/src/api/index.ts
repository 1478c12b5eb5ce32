// Let readers of the documentation try its examples in place, and list all operations after the OpenAPI description.
import { h } from "../dom";
import { type Answer, send } from "./example";
import { type Operation, type Parameter, operations } from "./openapi";

const DESCRIPTION = "/openapi.json";
const panel = document.getElementById("operations");
const words = JSON.parse(panel?.dataset["apiWords"] ?? "{}") as Record<string, string>;
const lang = document.documentElement.lang;

function say(name: string, values: Record<string, string> = {}): string {
  return (words[name] ?? name).replace(/\{(\w+)\}/g, (_, key: string) => values[key] ?? "");
}

function measured(value: number, unit: string): string {
  const format = { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 0 } as const;
  return new Intl.NumberFormat(lang, format).format(value);
}

function offer(example: HTMLElement): void {
  const link = example.querySelector("a");
  const title = example.querySelector("h3")?.textContent ?? "";
  if (!link) return;
  const status = h("p", { role: "status" });
  const result = h("div");
  const button = h("button", { type: "button", "aria-label": say("run_this", { name: title }) }, say("run"));
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true"); // it keeps the focus
    status.textContent = say("running");
    try {
      const { header, repeated } = example.dataset;
      const answer = await send({ url: link.getAttribute("href") ?? "", header, isRepeated: repeated !== undefined });
      status.textContent = say("answered", { status: answer.status, time: measured(answer.milliseconds, "millisecond") });
      result.replaceChildren(...shown(answer));
    } catch {
      status.textContent = say("failed");
      result.replaceChildren();
    } finally {
      button.removeAttribute("aria-disabled");
    }
  });
  example.append(h("p", {}, button), status, result);
}

function shown(answer: Answer): HTMLElement[] {
  const head = h("thead", {}, h("tr", {}, h("th", { scope: "col" }, say("header")), h("th", { scope: "col" }, say("value"))));
  const rows = answer.headers.map(([name, value]) =>
    h("tr", {}, h("th", { scope: "row" }, code(name)), h("td", {}, code(value))),
  );
  const table = h("table", { class: "answer" }, h("caption", {}, say("headers")), head, h("tbody", {}, ...rows));
  const size = measured(answer.bytes, "byte");
  const body = answer.body ? [h("p", {}, `${say("body")} (${size})`), h("pre", {}, code(answer.body))] : [h("p", {}, size)];
  return [table, ...body];
}

function code(text: string): HTMLElement {
  return h("code", { translate: "no" }, text);
}

async function list(into: HTMLElement): Promise<void> {
  try {
    const response = await fetch(DESCRIPTION);
    const found = response.ok ? operations(await response.json()) : null;
    if (!found) throw new Error(response.statusText);
    into.replaceChildren(...[...found].flatMap(([tag, each], at) => tabled(tag, each, `operations-${at + 1}`)));
  } catch {
    into.replaceChildren(h("p", {}, say("no_reference")));
  }
}

function tabled(tag: string, found: readonly Operation[], id: string): HTMLElement[] {
  const names = ["method", "path", "parameters"].map((name) => h("th", { scope: "col" }, say(name)));
  const rows = found.map((each) =>
    h(
      "tr",
      {},
      h("td", {}, code(each.method)),
      h("th", { scope: "row" }, code(each.path), ...(each.isDeprecated ? [` (${say("deprecated")})`] : []), described(each.text)),
      h("td", {}, each.parameters.length ? h("ul", {}, ...each.parameters.map(item)) : say("none")),
    ),
  );
  const body = [h("thead", {}, h("tr", {}, ...names)), h("tbody", {}, ...rows)];
  return [h("h3", { id, lang: "en" }, tag), h("table", { class: "operations", "aria-labelledby": id }, ...body)];
}

function described(text: string): HTMLElement {
  return h("div", { class: "of", lang: "en" }, text);
}

function item(told: Parameter): HTMLElement {
  const notes = [told.isRequired ? say("required") : "", told.isDeprecated ? say("deprecated") : ""].filter(Boolean);
  return h("li", {}, code(told.name), ...(notes.length ? [` (${notes.join(", ")})`] : []), described(told.text));
}

for (const example of document.querySelectorAll<HTMLElement>(".example")) offer(example);
if (panel) void list(panel);
