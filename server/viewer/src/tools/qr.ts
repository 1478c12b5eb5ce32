// A QR code as an SVG path.
import qrcode from "qrcode-generator";
import { svgElement } from "../dom";

/** Width of the quiet zone, in modules. */
const QUIET = 4;

/** Return the QR code of a URL; black on white, even in dark mode. */
export function qrCode(address: string, label: string): SVGElement {
  const code = qrcode(0, "M");
  code.addData(address, "Byte");
  code.make();
  const count = code.getModuleCount();
  const rows = Array.from({ length: count }, (_, at) => at);
  const path = rows.flatMap((y) => rows.filter((x) => code.isDark(y, x)).map((x) => `M${x + QUIET} ${y + QUIET}h1v1h-1z`));
  const size = count + 2 * QUIET;
  const svg = svgElement("svg", { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": label, class: "qr", part: "qr" });
  svg.append(svgElement("path", { d: `M0 0h${size}v${size}h-${size}z`, fill: "#fff" }), svgElement("path", { d: path.join(""), fill: "#000" }));
  return svg;
}
