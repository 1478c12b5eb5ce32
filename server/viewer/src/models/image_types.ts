// Which types of images the browser decodes.

/** An image of one pixel of each type, as the pipeline encodes it: AVIF of 8 bits, 4:4:4. */
const SAMPLES: Readonly<Record<string, string>> = {
  "image/avif": "AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUEAAADrbWV0YQAAAAAAAAAhaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAAAAAAAAAOcGl0bQAAAAAAAQAAAB5pbG9jAAAAAEQAAAEAAQAAAAEAAAETAAAAHwAAAChpaW5mAAAAAAABAAAAGmluZmUCAAAAAAEAAGF2MDFDb2xvcgAAAABqaXBycAAAAEtpcGNvAAAAFGlzcGUAAAAAAAAAAQAAAAEAAAAQcGl4aQAAAAADCAgIAAAADGF2MUOBIAAAAAAAE2NvbHJuY2x4AAEADQAGgAAAABdpcG1hAAAAAAAAAAEAAQQBAoMEAAAAJ21kYXQSAAoHOAAGkBDQaTISGUJjBMPPPPNAAACQQMkcYUcg",
};

const decoded = new Map<string, boolean>();

/** Find out which types are decoded; nothing is requested, and what fails counts as not decoded. */
export async function findImageTypes(): Promise<void> {
  await Promise.all(Object.entries(SAMPLES).map(async ([type, sample]) => {
    if (decoded.has(type)) return;
    const image = new Image();
    image.src = `data:${type};base64,${sample}`;
    decoded.set(type, await image.decode().then(() => image.naturalWidth > 0, () => false));
  }));
}

/** Return whether a type was found to be decoded. */
export function isDecoded(type: string): boolean {
  return decoded.get(type) ?? false;
}
