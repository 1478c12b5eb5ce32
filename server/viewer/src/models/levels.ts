// Select the level of a model that suits a device.
import { FEWER_BYTES, LESS_MEMORY, SCREEN_LEVELS, type Level, type State } from "../schema";
import { isDecoded } from "./image_types";

export type LevelName = Level["level"];
/** What visitors choose between; a level may have other encodings, which devices need or prefer. */
export const SHOWN = SCREEN_LEVELS;
export type Quality = (typeof SHOWN)[number];
/** What is shown of a model: a level, or another encoding that takes less memory. */
export type ShownName = Quality | keyof typeof LESS_MEMORY;
/** A file for screens: what is shown, or another encoding of it that has fewer bytes. */
export type FileName = ShownName | keyof typeof FEWER_BYTES;
const ENCODINGS = Object.entries(LESS_MEMORY) as [ShownName, Quality][];

/** Properties of a device: real pixels of the stage, memory in GiB if the browser reports it, and whether to save data. */
export interface Device {
  pixels: number;
  memory: number | undefined;
  isTouch: boolean;
  isSaving: boolean;
  /** Shorter side of the window in CSS pixels, and bandwidth in Mbit/s if the browser reports it. */
  shorterSide?: number;
  downlink?: number | undefined;
}

/** Texture memory for one page: 16 MiB per GiB, as phones close a page that runs out of memory. */
const GPU_BYTES_PER_GIB = 16 * 2 ** 20;
/** With fewer real pixels than 800 by 600, the finest level makes no visible difference. */
const FINE_PIXELS = 480_000;

/** Windows with a shorter side below this are phones, which have their own level. */
const PHONE_PX = 600;
/** On a slower connection the finest level would take more than ten seconds. */
const FINE_MBIT_S = 5;

/** Return what one of `count` models on a page may take of the memory for textures, in bytes. */
function budgetOf(device: Device, count: number): number {
  return ((device.memory ?? (device.isTouch ? 4 : 8)) * GPU_BYTES_PER_GIB) / count;
}

/**
 * Return the encoding of a level for a device; undefined if the model does not have the level.
 *
 * It is the usual one, which has the fewest bytes. Where that is too large for the memory, and where several models share
 * it, it is the one that takes the least memory: the browser also holds the decoded pictures of the usual one for a while.
 */
export function encodingOf(levels: readonly Level[], name: Quality, device: Device, count = 1): ShownName | undefined {
  const names = [name, ...ENCODINGS.flatMap(([other, of]) => (of === name ? [other] : []))];
  const built = names.flatMap((each) => levels.filter((level) => level.level === each));
  const isUsual = count === 1 && !!built[0] && built[0].gpu_bytes <= budgetOf(device, count);
  const [first] = isUsual ? built : built.sort((one, other) => one.gpu_bytes - other.gpu_bytes);
  return first?.level as ShownName | undefined;
}

/** Return the place of a level among `SHOWN`, the coarsest first; all its encodings have the same. */
export function rank(name: ShownName): number {
  return SHOWN.indexOf(ENCODINGS.find(([other]) => other === name)?.[1] ?? (name as Quality));
}

/** Return the finest suitable level; `count` is the number of models on the page. */
export function finest(levels: readonly Level[], device: Device, count = 1): ShownName | undefined {
  const available = SHOWN.flatMap((name) => encodingOf(levels, name, device, count) ?? []);
  if (device.isSaving) return available[0];
  const isPhone = (device.shorterSide ?? Infinity) < PHONE_PX || (device.downlink ?? Infinity) < FINE_MBIT_S;
  const isSmall = isPhone || device.pixels < FINE_PIXELS;
  const fits = available.filter((name, at) => {
    const level = levels.find((each) => each.level === name);
    const isFinest = rank(name) === SHOWN.length - 1;
    return at === 0 || (!!level && level.gpu_bytes <= budgetOf(device, count) && !(isFinest && isSmall));
  });
  return fits.at(-1);
}

/** Return whether a second model may be fetched that nobody has asked for. */
export function hasGoodLine(device: Device): boolean {
  return !device.isSaving && (device.downlink ?? Infinity) >= FINE_MBIT_S;
}

/** Return a level of a state by its name. */
export function levelOf(state: State, name: LevelName): Level | undefined {
  return state.levels.find((level) => level.level === name);
}

/** Return the level that a file for screens is an encoding of. */
export function levelOfFile(file: FileName): ShownName {
  return file in FEWER_BYTES ? FEWER_BYTES[file as keyof typeof FEWER_BYTES].of : (file as ShownName);
}

/** A level that arrives later than this, in seconds, comes in another encoding that is lighter. */
const LATE_S = 3;

/**
 * Return the file of a level for a connection: the level's own, or where that takes long a lighter one whose images the
 * browser decodes; `speed` in bit/s, if it is known.
 */
export function fileFor(state: State, name: ShownName, speed: number | undefined, decodes = isDecoded): FileName {
  const own = levelOf(state, name);
  if (!own || !speed || seconds(own, speed) <= LATE_S) return name;
  const others = (Object.keys(FEWER_BYTES) as (keyof typeof FEWER_BYTES)[]).filter((file) => {
    const other = levelOf(state, file);
    return FEWER_BYTES[file].of === name && other && sent(other) < sent(own) && decodes(FEWER_BYTES[file].media);
  });
  return others[0] ?? name;
}

/** Return whether a level would be here soon. */
export function isSoon(level: Level, speed: number): boolean {
  return seconds(level, speed) <= LATE_S;
}

function seconds(level: Level, speed: number): number {
  return (sent(level) * 8) / speed;
}

/** Return the bytes that are sent of a file. */
export function sent(level: Level): number {
  return level.brotli_bytes ?? level.bytes;
}

/** Return the properties of the device. */
export function deviceOf(stage: Element): Device {
  const box = stage.getBoundingClientRect();
  const browser = navigator as Navigator & {
    deviceMemory?: number;
    connection?: { saveData?: boolean; effectiveType?: string; downlink?: number };
  };
  const isSlow = browser.connection?.effectiveType?.endsWith("2g") ?? false;
  const wantsLess = matchMedia("(prefers-reduced-data: reduce)").matches;
  return {
    pixels: box.width * box.height * devicePixelRatio ** 2,
    memory: browser.deviceMemory,
    isTouch: matchMedia("(pointer: coarse)").matches,
    isSaving: !!browser.connection?.saveData || isSlow || wantsLess,
    shorterSide: Math.min(innerWidth, innerHeight),
    downlink: browser.connection?.downlink,
  };
}

/** A level that is here sooner than this, in seconds, needs no smaller one before it, which would only delay it. */
const QUICK_S = 0.7;

/** Return whether a level arrives so soon that no smaller one should be shown before it; `speed` in bit/s, if it is known. */
export function isQuick(level: Level | undefined, speed: number | undefined): boolean {
  return !!level && !!speed && seconds(level, speed) < QUICK_S;
}

/** Return the speed of the connection in bit/s, as a file of the page arrived; undefined for one from the cache. */
export function bitsPerSecond(url: string): number | undefined {
  const [entry] = performance.getEntriesByName(url) as PerformanceResourceTiming[];
  if (!entry?.transferSize || !entry.encodedBodySize) return undefined;
  return (entry.encodedBodySize * 8000) / Math.max(1, entry.responseEnd - entry.requestStart);
}
