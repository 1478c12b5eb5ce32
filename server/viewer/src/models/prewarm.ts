// Warm up the renderer while the first level is being fetched.
//
// Lights, shaders and buffers are created with the first model: half a second on a slow phone, during which it waits for
// the real model anyway. So the first model is an invisible triangle.
import type { ModelViewer } from "./model_viewer";
import { loadFile } from "./source";

const CORNERS = new Float32Array([0, 0, 0, 1, 0, 0, 0, 1, 0]);
const UPWARDS = new Float32Array([0, 0, 1, 0, 0, 1, 0, 0, 1]);
const ON_PICTURE = new Float32Array([0, 0, 1, 0, 0, 1]);
/** A white pixel as PNG: textured materials have their own shaders. */
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAHLCMmQAAAABJRU5ErkJggg==";
const FLOAT = 5126;
const [GLB, JSON_CHUNK, BIN_CHUNK] = [0x46546c67, 0x4e4f534a, 0x004e4942];

let isPrewarmed = false;

/** Show a triangle, once per page; resolves when it was drawn, or failed. */
export async function prewarm(viewer: ModelViewer, signal: AbortSignal): Promise<void> {
  if (isPrewarmed || signal.aborted) return;
  isPrewarmed = true;
  try {
    await loadFile(viewer, triangleGlb(), signal);
  } catch {
    // The real model will report the error.
  }
}

/** Return a triangle with normals and a texture, as GLB. */
export function triangleGlb(): Blob {
  const pixel = Uint8Array.from(atob(PIXEL), (letter) => letter.charCodeAt(0));
  const parts = [CORNERS, UPWARDS, ON_PICTURE, pixel].map((part) => new Uint8Array(part.buffer));
  let end = 0;
  const bufferViews = parts.map((part) => {
    const view = { buffer: 0, byteOffset: end, byteLength: part.length };
    end += align4(part.length);
    return view;
  });
  const accessor = { componentType: FLOAT, count: 3 };
  const document = {
    asset: { version: "2.0" },
    scene: 0,
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0 }],
    meshes: [{ primitives: [{ attributes: { POSITION: 0, NORMAL: 1, TEXCOORD_0: 2 }, material: 0 }] }],
    // Both sides, as of scans: one side has a shader of its own.
    materials: [{ doubleSided: true, pbrMetallicRoughness: { baseColorTexture: { index: 0 }, metallicFactor: 0 } }],
    textures: [{ source: 0 }],
    images: [{ bufferView: 3, mimeType: "image/png" }],
    accessors: [
      { ...accessor, bufferView: 0, type: "VEC3", min: [0, 0, 0], max: [1, 1, 0] },
      { ...accessor, bufferView: 1, type: "VEC3" },
      { ...accessor, bufferView: 2, type: "VEC2" },
    ],
    bufferViews,
    buffers: [{ byteLength: end }],
  };
  const json = new TextEncoder().encode(JSON.stringify(document));
  const glb = new Uint8Array(12 + 8 + align4(json.length) + 8 + end);
  const header = new DataView(glb.buffer);
  const numbers = [GLB, 2, glb.length, align4(json.length), JSON_CHUNK];
  numbers.forEach((number, at) => header.setUint32(at * 4, number, true));
  glb.fill(0x20, 20, 20 + align4(json.length)).set(json, 20);
  const binStart = 20 + align4(json.length);
  header.setUint32(binStart, end, true);
  header.setUint32(binStart + 4, BIN_CHUNK, true);
  parts.forEach((part, at) => glb.set(part, binStart + 8 + (bufferViews[at]?.byteOffset ?? 0)));
  return new Blob([glb], { type: "model/gltf-binary" });
}

function align4(length: number): number {
  return Math.ceil(length / 4) * 4;
}
