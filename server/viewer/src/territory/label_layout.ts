// Which labels have room: the others are a dot, and dots that would touch are one, with their number.
import type { StageSize } from "./projection";

/** A label that wants to be shown, at the point of its dot, in pixels; the most important come first. */
export interface Candidate {
  key: string;
  x: number;
  y: number;
  /** Of its text, and of its texts where it stands for several: the long one, and a short one if that has no room. */
  width: number;
  groupWidths: readonly [number, number];
}

/** The name of an area, centred on a point. */
export interface AreaName {
  key: string;
  x: number;
  y: number;
  width: number;
}

const SIDES = ["right", "left", "above", "below"] as const;
export type Side = (typeof SIDES)[number] | "none";

export interface Placed {
  key: string;
  x: number;
  y: number;
  side: Side;
  /** Whether its text is the short one. */
  isShort: boolean;
  /** Width of its text. */
  width: number;
  /** Keys of the others that it stands for. */
  others: string[];
}

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Least distance of two dots, so that each can be tapped. */
export const APART = 26;
const DOT = 12;
const HEIGHT = 24;
const OFFSET = 13;
/** A label may reach this near to the border of the stage. */
const RIM = 4;

/**
 * Return the labels that are shown; candidates outside the stage are left out.
 *
 * first : key of the label whose text comes before all others
 */
export function layOut(candidates: readonly Candidate[], stage: StageSize, first = ""): Placed[] {
  const shown: (Placed & { of: Candidate })[] = [];
  for (const of of candidates) {
    if (of.x < RIM || of.y < RIM || of.x > stage.width - RIM || of.y > stage.height - RIM) continue;
    const near = shown.find((each) => Math.hypot(each.x - of.x, each.y - of.y) < APART);
    if (near) near.others.push(of.key);
    else shown.push({ key: of.key, x: of.x, y: of.y, side: "none", isShort: false, width: 0, others: [], of });
  }
  const taken: Box[] = shown.map(({ x, y }) => ({ left: x - DOT, right: x + DOT, top: y - DOT, bottom: y + DOT }));
  // Groups stand for more, so their names come before those of one.
  const rank = ({ key, others }: Placed) => (key === first ? 0 : others.length ? 1 : 2);
  for (const each of [...shown].sort((one, other) => rank(one) - rank(other))) {
    const widths = each.others.length ? each.of.groupWidths : [each.of.width];
    const own = shown.indexOf(each);
    const choices = widths.flatMap((width, at) => SIDES.map((side) => ({ width, side, isShort: at > 0, box: boxOf(each, width, side) })));
    const found = choices.find(({ box }) => isInside(box, stage) && !taken.some((other, at) => at !== own && overlap(box, other)));
    if (!found) continue;
    const { box, ...chosen } = found;
    Object.assign(each, chosen);
    taken.push(box);
  }
  return shown.map(({ of: _, ...placed }) => placed);
}

/** Return the names of areas that have room beside the labels, by their keys. */
export function roomFor(names: readonly AreaName[], labels: readonly Placed[], stage: StageSize): Set<string> {
  const taken = labels.flatMap((each) => [
    { left: each.x - DOT, right: each.x + DOT, top: each.y - DOT, bottom: each.y + DOT },
    ...(each.side === "none" ? [] : [boxOf(each, each.width, each.side)]),
  ]);
  const found = new Set<string>();
  for (const { key, x, y, width } of names) {
    const box = { left: x - width / 2, right: x + width / 2, top: y - HEIGHT / 3, bottom: y + HEIGHT / 3 };
    if (!isInside(box, stage) || taken.some((other) => overlap(box, other))) continue;
    found.add(key);
    taken.push(box);
  }
  return found;
}

function isInside(box: Box, stage: StageSize): boolean {
  return box.left >= RIM && box.top >= RIM && box.right <= stage.width - RIM && box.bottom <= stage.height - RIM;
}

function boxOf({ x, y }: { x: number; y: number }, width: number, side: Side): Box {
  if (side === "below") return { left: x - width / 2, top: y + OFFSET, right: x + width / 2, bottom: y + OFFSET + HEIGHT };
  if (side === "above") return { left: x - width / 2, right: x + width / 2, top: y - OFFSET - HEIGHT, bottom: y - OFFSET };
  const left = side === "left" ? x - OFFSET - width : x + OFFSET;
  return { left, right: left + width, top: y - HEIGHT / 2, bottom: y + HEIGHT / 2 };
}

function overlap(one: Box, other: Box): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}
