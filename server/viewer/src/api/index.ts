// The API documentation: run the examples in place, and list all operations of the OpenAPI description.
import { h } from "../dom";
import { type Answer, send } from "./example";
import { type Operation, type Parameter, parseOperations } from "./openapi";

const DESCRIPTION = "/openapi.json";
const panel = document.getElementById("operations");
const words = JSON.parse(panel?.dataset["apiWords"] ?? "{}") as Record<string, string>;
const lang = document.documentElement.lang;

function t(name: string, values: Record<string, string> = {}): string {
  return (words[name] ?? name).replace(/\{(\w+)\}/g, (_, key: string) => values[key] ?? "");
}

function formatUnit(value: number, unit: string): string {
  const format = { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 0 } as const;
  return new Intl.NumberFormat(lang, format).format(value);
}

function addRunButton(example: HTMLElement): void {
  const link = example.querySelector("a");
  const title = example.querySelector("h3")?.textContent ?? "";
  if (!link) return;
  const status = h("p", { role: "status" });
  const result = h("div");
  const button = h("button", { type: "button", "aria-label": t("run_this", { name: title }) }, t("run"));
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true"); // Unlike `disabled`, this keeps the focus.
    status.textContent = t("running");
    try {
      const { header, repeated } = example.dataset;
      const answer = await send({ url: link.getAttribute("href") ?? "", header, isRepeated: repeated !== undefined });
      status.textContent = t("answered", { status: answer.status, time: formatUnit(answer.milliseconds, "millisecond") });
      result.replaceChildren(...renderAnswer(answer));
    } catch {
      status.textContent = t("failed");
      result.replaceChildren();
    } finally {
      button.removeAttribute("aria-disabled");
    }
  });
  example.append(h("p", {}, button), status, result);
}

function renderAnswer(answer: Answer): HTMLElement[] {
  const head = h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("header")), h("th", { scope: "col" }, t("value"))));
  const rows = answer.headers.map(([name, value]) =>
    h("tr", {}, h("th", { scope: "row" }, code(name)), h("td", {}, code(value))),
  );
  const table = h("table", { class: "docs-answer" }, h("caption", {}, t("headers")), head, h("tbody", {}, ...rows));
  const size = formatUnit(answer.bytes, "byte");
  const body = answer.body ? [h("p", {}, `${t("body")} (${size})`), h("pre", {}, code(answer.body))] : [h("p", {}, size)];
  return [table, ...body];
}

function code(text: string): HTMLElement {
  return h("code", { translate: "no" }, text);
}

async function renderOperations(into: HTMLElement): Promise<void> {
  try {
    const response = await fetch(DESCRIPTION);
    const tags = response.ok ? parseOperations(await response.json()) : null;
    if (!tags) throw new Error(response.statusText);
    into.replaceChildren(...[...tags].flatMap(([tag, each]) => [h("h3", { lang: "en" }, tag), ...each.map(renderOperation)]));
  } catch {
    into.replaceChildren(h("p", {}, t("no_reference")));
  }
}

function renderOperation(operation: Operation): HTMLElement {
  const heading = h("h4", {}, code(`${operation.method} ${operation.path}`), operation.isDeprecated ? ` (${t("deprecated")})` : "");
  const terms = operation.parameters.flatMap((each) => [h("dt", {}, code(each.name)), h("dd", {}, ...renderParameter(each))]);
  const list = terms.length ? [h("dl", { class: "docs-parameters" }, ...terms)] : [];
  return h("section", { class: "docs-operation" }, heading, h("p", { lang: "en" }, ...withCode(operation.text)), ...list);
}

/** Return the description of a parameter; `lang` links to its own section of the page. */
function renderParameter(parameter: Parameter): (Node | string)[] {
  const languages = parameter.name === "lang" ? document.getElementById("languages") : null;
  if (languages) return [h("a", { href: `#${languages.id}` }, languages.textContent ?? "")];
  const notes = [parameter.isRequired ? t("required") : "", parameter.isDeprecated ? t("deprecated") : ""].filter(Boolean);
  const parts = [...(notes.length ? [notes.join(", ")] : []), ...(parameter.text ? [h("span", { lang: "en" }, ...withCode(parameter.text))] : [])];
  return parts.length ? parts.flatMap((part, at) => (at ? [" – ", part] : [part])) : ["–"];
}

/** Return a text with the parts between backticks as code, as in Markdown. */
function withCode(text: string): (Node | string)[] {
  return text.split("`").map((part, at) => (at % 2 ? code(part) : part));
}

for (const example of document.querySelectorAll<HTMLElement>(".docs-example")) addRunButton(example);
if (panel) void renderOperations(panel);
