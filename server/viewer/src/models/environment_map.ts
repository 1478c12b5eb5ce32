// The environment map that lights models: that of model-viewer, with 64 by 32 pixels.
//
// Without one the library draws the same map, 256 pixels a side, on each device, and blurs it for every roughness before the
// first model is shown: more than two seconds on two cores without graphics hardware.
import { LEAST, RADIANCES, STEPS_PER_OCTAVE, WIDTH } from "./environment_map_data";

const EXPONENT_BIAS = 128;
/** The library knows the format of a picture by the end of its address. */
const ENDING = "#environment-map.hdr";

let address: string | undefined;

/** Return the address of the map, for `environment-image`. */
export function environmentMap(): string {
  return (address ??= URL.createObjectURL(new Blob([radianceHdr()])) + ENDING);
}

/** Return the map as Radiance HDR: a mantissa for each colour, and the exponent that they share. */
export function radianceHdr(): Uint8Array<ArrayBuffer> {
  const steps = atob(RADIANCES);
  const head = new TextEncoder().encode(`#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y ${steps.length / WIDTH} +X ${WIDTH}\n`);
  const picture = new Uint8Array(head.length + 4 * steps.length);
  picture.set(head);
  for (let at = 0; at < steps.length; at += 1) {
    const octaves = Math.log2(LEAST) + steps.charCodeAt(at) / STEPS_PER_OCTAVE;
    const exponent = Math.floor(octaves) + 1;
    const mantissa = Math.round(255 * 2 ** (octaves - exponent));
    picture.set([mantissa, mantissa, mantissa, exponent + EXPONENT_BIAS], head.length + 4 * at);
  }
  return picture;
}
