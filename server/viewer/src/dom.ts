// Make elements without writing HTML.

type Values = Record<string, string | number | boolean | undefined | ((event: never) => void)>;

/** Return an element; functions listen to the event they are named for ("onclick"), true is an empty attribute. */
export function h<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  values: Values = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  fill(made, values);
  made.append(...children);
  return made;
}

/** Return a picture of one path on a square of 24 units. */
export function icon(path: string): SVGElement {
  const svg = svgOf("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: "icon" });
  svg.append(svgOf("path", { d: path }));
  return svg;
}

export function svgOf(name: string, values: Values = {}): SVGElement {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  fill(made, values);
  return made;
}

function fill(made: Element, values: Values): void {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value as EventListener);
    else if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : String(value));
  }
}
