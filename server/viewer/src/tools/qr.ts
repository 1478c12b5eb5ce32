// A QR code as an SVG path.
import { correction, generate } from "lean-qr";
import { svgElement } from "../dom";

/** Width of the quiet zone, in modules. */
const QUIET = 4;

/** Return the QR code of a URL; black on white, even in dark mode. */
export function qrCode(address: string, label: string): SVGElement {
  const code = generate(address, { minCorrectionLevel: correction.M });
  const rows = Array.from({ length: code.size }, (_, at) => at);
  const path = rows.flatMap((y) => rows.filter((x) => code.get(x, y)).map((x) => `M${x + QUIET} ${y + QUIET}h1v1h-1z`));
  const size = code.size + 2 * QUIET;
  const svg = svgElement("svg", { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": label, class: "qr", part: "qr" });
  svg.append(svgElement("path", { d: `M0 0h${size}v${size}h-${size}z`, fill: "#fff" }), svgElement("path", { d: path.join(""), fill: "#000" }));
  return svg;
}
