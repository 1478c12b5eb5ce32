// Which size of a model a device can bear.
import { SCREEN_LEVELS, type Level, type State } from "./schema";

export type LevelName = Level["level"];
export const SHOWN = SCREEN_LEVELS;
export type ShownName = (typeof SHOWN)[number];

/** What a device offers: pixels of the stage, memory in GiB where the browser tells, and whether data is to be saved. */
export interface Device {
  pixels: number;
  screenShare: number;
  memory: number | undefined;
  isTouch: boolean;
  isSaving: boolean;
  /** Shorter side of the window in CSS pixels, and the line in Mbit/s where the browser tells. */
  shorterSide?: number;
  downlink?: number | undefined;
}

/** Texture memory for one page: 16 MiB for each GiB, for a phone that runs out ends the page without a word. */
const GPU_BYTES_PER_GIB = 16 * 2 ** 20;
/** Fewer device pixels than this show nothing of the finest level. */
const FINE_PIXELS = 700_000;
/** A model that has less of the window is looked at in passing. */
const LEAST_SHARE = 0.2;

/** Windows with a shorter side than this are phones', and have a level of their own. */
const PHONE_PX = 600;
/** On a slower line the finest level would come for more than ten seconds. */
const FINE_MBIT_S = 5;

/** Return the finest level to show; `shown` is how many models are on the page at once. */
export function finest(levels: readonly Level[], device: Device, shown = 1): ShownName | undefined {
  const there = SHOWN.filter((name) => levels.some((level) => level.level === name));
  if (device.isSaving) return there[0];
  const memory = device.memory ?? (device.isTouch ? 4 : 8);
  const budget = (memory * GPU_BYTES_PER_GIB) / shown;
  const isPhone = (device.shorterSide ?? Infinity) < PHONE_PX || (device.downlink ?? Infinity) < FINE_MBIT_S;
  const isSmall = isPhone || device.pixels < FINE_PIXELS || device.screenShare < LEAST_SHARE;
  const fits = there.filter((name, at) => {
    const level = levels.find((each) => each.level === name);
    return at === 0 || (!!level && level.gpu_bytes <= budget && !(name === SHOWN.at(-1) && isSmall));
  });
  return fits.at(-1);
}

/** Return a level of a state by its name. */
export function levelOf(state: State, name: LevelName): Level | undefined {
  return state.levels.find((level) => level.level === name);
}

/** Ask the browser what the device offers. */
export function deviceOf(stage: Element): Device {
  const box = stage.getBoundingClientRect();
  const told = navigator as Navigator & {
    deviceMemory?: number;
    connection?: { saveData?: boolean; effectiveType?: string; downlink?: number };
  };
  const isSlow = told.connection?.effectiveType?.endsWith("2g") ?? false;
  const wantsLess = matchMedia("(prefers-reduced-data: reduce)").matches;
  return {
    pixels: box.width * box.height * devicePixelRatio ** 2,
    screenShare: (box.width * box.height) / Math.max(1, innerWidth * innerHeight),
    memory: told.deviceMemory,
    isTouch: matchMedia("(pointer: coarse)").matches,
    isSaving: !!told.connection?.saveData || isSlow || wantsLess,
    shorterSide: Math.min(innerWidth, innerHeight),
    downlink: told.connection?.downlink,
  };
}
