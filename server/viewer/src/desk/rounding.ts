// Numbers as the catalogue keeps them: to a tenth of a millimetre, and to a tenth of a degree.
import type { Vector3 } from "../geo/pose";

export function metresText(point: Vector3): string {
  return point.map((value) => decimals(value, 4)).join(" ");
}

/** Return a direction of length 1; a thousandth is less than a tenth of a degree. */
export function directionText(direction: Vector3): string {
  const length = Math.hypot(...direction) || 1;
  return direction.map((value) => decimals(value / length, 3)).join(" ");
}

export function degreesText(angle: number): string {
  return decimals(angle, 1);
}

/** Return three numbers of a field; undefined for anything else. */
export function parseTriple(text: string): Vector3 | undefined {
  const parts = text.trim().split(/[\s;]+/).map(parseNumber);
  const [x, y, z] = parts;
  return parts.length === 3 && x !== undefined && y !== undefined && z !== undefined ? [x, y, z] : undefined;
}

/** Return the number of a field, which may have a decimal comma or an exponent; undefined for anything else. */
export function parseNumber(text: string): number | undefined {
  const plain = text.trim().replace(",", ".");
  return /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/.test(plain) ? Number(plain) : undefined;
}

/** Return a number with at most so many decimals, and without an exponent, which fields do not take. */
export function decimals(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? "0" : text.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
}
