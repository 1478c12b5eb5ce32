// Colours of an embedded frame, adjusted to be readable.

/** Minimum contrast of text (WCAG 2.2, 1.4.3). */
const READABLE = 4.5;

/** Background and accent of the pages, light and dark. */
const SCHEMES: Record<string, readonly [string, string]> = { light: ["f8f6f2", "93361f"], dark: ["17181a", "f2a188"] };

type Rgb = readonly [number, number, number];

export interface Colours {
  isDark: boolean;
  /** Custom properties of the pages. */
  properties: Record<string, string>;
}

/** Parse "light", "dark", or background and accent as "rrggbb,rrggbb"; undefined for anything else. */
export function parseColours(text: string): Colours | undefined {
  const scheme = SCHEMES[text];
  const [, ground, accent] = scheme ? ["", ...scheme] : (/^([0-9a-f]{6}),([0-9a-f]{6})$/i.exec(text) ?? []);
  return ground && accent ? coloursOf(parseRgb(ground), parseRgb(accent), !scheme) : undefined;
}

/** isOwn : whether the viewer takes them too; of light and dark it has colours of its own */
function coloursOf(ground: Rgb, accent: Rgb, isOwn: boolean): Colours {
  const isDark = contrast(ground, [255, 255, 255]) > contrast(ground, [0, 0, 0]);
  const ink: Rgb = isDark ? [255, 255, 255] : [0, 0, 0];
  const surface = mix(ground, ink, 0.05);
  const readable = (colour: Rgb) => ([ground, surface].every((each) => contrast(colour, each) >= READABLE) ? colour : ink);
  const [soft, brick] = [readable(mix(ground, ink, 0.72)), readable(accent)];
  const colours: Record<string, Rgb> = {
    ground, sheet: ground, wash: ground, heed: ground, surface, "land-edge": mix(ground, ink, 0.25),
    line: mix(ground, ink, 0.25), ink, mine: ink, soft, edge: soft, brick, grass: brick,
  };
  const viewer: Record<string, Rgb> = { ground, stage: surface, ink, soft, line: soft, accent: brick, "on-accent": ground };
  if (isOwn) for (const [name, value] of Object.entries(viewer)) colours[`carreau-${name}`] = value;
  return { isDark, properties: Object.fromEntries(Object.entries(colours).map(([name, value]) => [`--${name}`, formatHex(value)])) };
}

/** Return the contrast ratio of two colours, from 1 to 21. */
function contrast(one: Rgb, other: Rgb): number {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** Return the relative luminance of an sRGB colour (WCAG 2.2). */
function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((part) => (part <= 10.31 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4)) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function mix(one: Rgb, other: Rgb, share: number): Rgb {
  return one.map((part, at) => Math.round(part + ((other[at] as number) - part) * share)) as unknown as Rgb;
}

function parseRgb(text: string): Rgb {
  return [0, 2, 4].map((at) => Number.parseInt(text.slice(at, at + 2), 16)) as unknown as Rgb;
}

function formatHex(colour: Rgb): string {
  return `#${colour.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}
