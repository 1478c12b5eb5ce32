import { expect, test } from "vitest";
import { triangleGlb } from "../src/models/prewarm";

test("the triangle is a valid GLB", async () => {
  const bytes = new DataView(await triangleGlb().arrayBuffer());
  const number = (at: number) => bytes.getUint32(at, true);
  expect([number(0), number(4), number(8)]).toEqual([0x46546c67, 2, bytes.byteLength]);
  const json = number(12);
  const document = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes.buffer, 20, json))) as {
    bufferViews: { byteOffset: number; byteLength: number }[];
    buffers: [{ byteLength: number }];
  };
  expect(json % 4).toBe(0);
  expect(number(20 + json)).toBe(document.buffers[0].byteLength);
  expect(28 + json + document.buffers[0].byteLength).toBe(bytes.byteLength);
  const [corners, , , pixel] = document.bufferViews.map((view) => new Uint8Array(bytes.buffer, 28 + json + view.byteOffset, view.byteLength));
  expect(new DataView(corners!.buffer, corners!.byteOffset).getFloat32(12, true)).toBe(1);
  expect([...pixel!.subarray(1, 4)]).toEqual([..."PNG"].map((letter) => letter.charCodeAt(0)));
});
