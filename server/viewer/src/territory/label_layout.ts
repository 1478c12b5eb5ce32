// Which labels have room: the others are a dot, and dots that would touch are one, with their number.
import type { StageSize } from "./projection";

/** A label that wants to be shown, at the point of its dot, in pixels; the most important come first. */
export interface Candidate {
  key: string;
  x: number;
  y: number;
  /** Of its text, and of the text that it has for several. */
  width: number;
  groupWidth: number;
}

export type Side = "right" | "left" | "above" | "none";

export interface Placed {
  key: string;
  x: number;
  y: number;
  side: Side;
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

/** Return the labels that are shown; candidates outside the stage are left out. */
export function layOut(candidates: readonly Candidate[], stage: StageSize): Placed[] {
  const shown: (Placed & { of: Candidate })[] = [];
  for (const of of candidates) {
    if (of.x < RIM || of.y < RIM || of.x > stage.width - RIM || of.y > stage.height - RIM) continue;
    const near = shown.find((each) => Math.hypot(each.x - of.x, each.y - of.y) < APART);
    if (near) near.others.push(of.key);
    else shown.push({ key: of.key, x: of.x, y: of.y, side: "none", others: [], of });
  }
  const taken: Box[] = shown.map(({ x, y }) => ({ left: x - DOT, right: x + DOT, top: y - DOT, bottom: y + DOT }));
  // Groups stand for more, so their names come first.
  for (const each of [...shown].sort((one, other) => Math.sign(other.others.length) - Math.sign(one.others.length))) {
    const width = each.others.length ? each.of.groupWidth : each.of.width;
    const own = shown.indexOf(each);
    for (const side of ["right", "left", "above"] as const) {
      const box = boxOf(each, width, side);
      const isInside = box.left >= RIM && box.top >= RIM && box.right <= stage.width - RIM && box.bottom <= stage.height - RIM;
      if (!isInside || taken.some((other, at) => at !== own && overlap(box, other))) continue;
      each.side = side;
      taken.push(box);
      break;
    }
  }
  return shown.map(({ of: _, ...placed }) => placed);
}

/** Return the names of areas that have room beside the labels, by their keys. */
export function roomFor(names: readonly Candidate[], labels: readonly (Placed & { width: number })[], stage: StageSize): Set<string> {
  const taken = labels.flatMap((each) => [
    { left: each.x - DOT, right: each.x + DOT, top: each.y - DOT, bottom: each.y + DOT },
    ...(each.side === "none" ? [] : [boxOf(each, each.width, each.side)]),
  ]);
  const found = new Set<string>();
  for (const { key, x, y, width } of names) {
    const box = { left: x - width / 2, right: x + width / 2, top: y - HEIGHT / 3, bottom: y + HEIGHT / 3 };
    const isInside = box.left >= RIM && box.top >= RIM && box.right <= stage.width - RIM && box.bottom <= stage.height - RIM;
    if (!isInside || taken.some((other) => overlap(box, other))) continue;
    found.add(key);
    taken.push(box);
  }
  return found;
}

function boxOf({ x, y }: { x: number; y: number }, width: number, side: Side): Box {
  if (side === "above") return { left: x - width / 2, right: x + width / 2, top: y - OFFSET - HEIGHT, bottom: y - OFFSET };
  const left = side === "left" ? x - OFFSET - width : x + OFFSET;
  return { left, right: left + width, top: y - HEIGHT / 2, bottom: y + HEIGHT / 2 };
}

function overlap(one: Box, other: Box): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}
