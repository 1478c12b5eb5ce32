// The light that models stand in: that of model-viewer, as a picture of 64 by 32 pixels.
//
// Without a picture the library draws the same light at 256 pixels a side and blurs it for every roughness, which keeps the
// graphics hardware of a phone, and two processors without any for more than two seconds, from showing the first model.
import { LEAST, RADIANCES, STEPS_PER_OCTAVE, WIDTH } from "./ambient_light_data";

const EXPONENT_BIAS = 128;
/** The library knows the format of a picture by the end of its address. */
const ENDING = "#ambient-light.hdr";

let address: string | undefined;

/** Return the address of the picture, for `environment-image`. */
export function ambientLight(): string {
  return (address ??= URL.createObjectURL(new Blob([radiancePicture()])) + ENDING);
}

/** Return the picture as Radiance HDR: a mantissa for each colour, and the exponent that they share. */
export function radiancePicture(): Uint8Array<ArrayBuffer> {
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
