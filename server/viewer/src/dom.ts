// Create elements without HTML strings.

type Values = Record<string, string | number | boolean | undefined | ((event: never) => void)>;

/** Return an element. A function becomes a listener of the event it is named for ("onclick"); true is an empty attribute. */
export function h<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  values: Values = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  setAttributes(element, values);
  element.append(...children);
  return element;
}

/** Return an icon: one path in a square of 24 units. */
export function icon(path: string): SVGElement {
  const svg = svgElement("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: "icon" });
  svg.append(svgElement("path", { d: path }));
  return svg;
}

export function svgElement(name: string, values: Values = {}): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  setAttributes(element, values);
  return element;
}

function setAttributes(element: Element, values: Values): void {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value as EventListener);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
}
