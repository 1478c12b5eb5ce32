import { expect, test } from "vitest";
import { radianceHdr } from "../src/models/environment_map";

test("the environment map of models is in Radiance HDR, brightest above", () => {
  const bytes = radianceHdr();
  const head = "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 32 +X 64\n";
  expect(new TextDecoder().decode(bytes.subarray(0, head.length))).toBe(head);
  const texels = bytes.subarray(head.length);
  expect(texels.length).toBe(4 * 64 * 32);
  const radiance = (at: number) => ((texels[4 * at] ?? 0) / 255) * 2 ** ((texels[4 * at + 3] ?? 0) - 128);
  const radiances = Array.from({ length: 64 * 32 }, (_, at) => radiance(at));
  const brightest = Math.max(...radiances);
  expect(brightest).toBeGreaterThan(5);
  expect(radiances.indexOf(brightest)).toBeLessThan(64 * 16);
  // A first line of two and two would say that the lines are run-length encoded.
  expect([...texels.subarray(0, 2)]).not.toEqual([2, 2]);
  for (let at = 0; at < texels.length; at += 4) expect(texels[at]).toBeGreaterThanOrEqual(127);
});
