import { expect, test } from "vitest";
import { earlyBytes, earlyModel } from "../src/models/early_model";

const TRIANGLES = new Uint8Array(40).fill(1);
const SMALL = new Uint8Array(10).fill(2);
const LARGE = new Uint8Array(1000).fill(3);
const webp = (source: number) => ({ sampler: 0, extensions: { EXT_texture_webp: { source } } });

function glb(parts: readonly Uint8Array[], images: readonly object[], compressed?: object): Uint8Array {
  let end = 0;
  const bufferViews: object[] = parts.map((part) => {
    const view = { buffer: 0, byteOffset: end, byteLength: part.length };
    end += Math.ceil(part.length / 4) * 4;
    return view;
  });
  if (compressed) bufferViews[0] = { buffer: 1, byteOffset: 0, byteLength: 9000, extensions: { EXT_meshopt_compression: compressed } };
  const document = {
    asset: { version: "2.0" }, images, bufferViews,
    accessors: [{ bufferView: 0, count: 3 }],
    textures: [webp(0), webp(0)],
    materials: [{
      pbrMetallicRoughness: { baseColorTexture: { index: 0 }, metallicRoughnessTexture: { index: 1 } },
      normalTexture: { index: 1 }, emissiveTexture: { index: 1 }, emissiveFactor: [1, 1, 1],
    }],
    buffers: [{ byteLength: end }, { byteLength: 9000 }],
    extensionsUsed: ["EXT_texture_webp"],
  };
  let json = JSON.stringify(document);
  json += " ".repeat(-json.length & 3);
  const file = new Uint8Array(28 + json.length + end);
  const words = new DataView(file.buffer);
  [0x46546c67, 2, file.length, json.length, 0x4e4f534a].forEach((word, at) => words.setUint32(at * 4, word, true));
  file.set(new TextEncoder().encode(json), 20);
  words.setUint32(20 + json.length, end, true);
  words.setUint32(24 + json.length, 0x004e4942, true);
  let at = 28 + json.length;
  for (const part of parts) {
    file.set(part, at);
    at += Math.ceil(part.length / 4) * 4;
  }
  return file;
}

const IMAGES = [{ bufferView: 2, mimeType: "image/webp" }, { bufferView: 1, mimeType: "image/webp", name: "base-small" }];

test("the beginning ends after triangles and small base colour", () => {
  const file = glb([TRIANGLES, SMALL, LARGE], IMAGES);
  expect(earlyBytes(file)).toBe(file.length - 1000 - 2);
  expect(earlyBytes(file.subarray(0, 10))).toBeUndefined();
  expect(earlyBytes(file.subarray(0, 100))).toBeUndefined();
});

test("packed triangles count where their bytes are", () => {
  const file = glb([TRIANGLES, SMALL, LARGE], IMAGES, { buffer: 0, byteOffset: 0, byteLength: 40 });
  expect(earlyBytes(file)).toBe(file.length - 1000 - 2);
});

test("a file in another order, without a small base colour, or of another kind has none", () => {
  expect(earlyBytes(glb([TRIANGLES, SMALL, LARGE], [IMAGES[0]!]))).toBe(0);
  expect(earlyBytes(glb([TRIANGLES, SMALL, LARGE], IMAGES, { buffer: 0, byteOffset: 52, byteLength: 40 }))).toBe(0);
  expect(earlyBytes(new Uint8Array(100))).toBe(0);
});

test("it is a model that shows the small base colour only", async () => {
  const file = glb([TRIANGLES, SMALL, LARGE], IMAGES);
  const early = new Uint8Array(await earlyModel(file.slice(0, earlyBytes(file))).arrayBuffer());
  const words = new DataView(early.buffer);
  const json = words.getUint32(12, true);
  const document = JSON.parse(new TextDecoder().decode(early.subarray(20, 20 + json))) as {
    textures: unknown; materials: unknown; buffers: { byteLength: number }[];
  };
  expect([words.getUint32(8, true), json % 4]).toEqual([early.length, 0]);
  expect(document.textures).toEqual([webp(1), webp(1)]);
  expect(document.materials).toEqual([{ pbrMetallicRoughness: { baseColorTexture: { index: 0 }, metallicFactor: 0, roughnessFactor: 1 } }]);
  expect(document.buffers).toEqual([{ byteLength: 50 }, { byteLength: 9000 }]);
  expect(early.subarray(28 + json, 28 + json + 50)).toEqual(file.subarray(file.length - 1052, file.length - 1002));
});
