// The beginning of a file as a model of its own: all its triangles with a small texture, while the rest arrives.
//
// The pipeline (`pipeline/carreau/models/stages/pack.py`) puts triangles first, then a small base colour that no texture refers to, then
// the textures. Of a file in another order there is no early model.

/** Name of the small base colour. */
const SMALL_BASE = "base-small";
const WEBP = "EXT_texture_webp";
const MESHOPT = "EXT_meshopt_compression";
const [GLB, JSON_CHUNK, BIN_CHUNK] = [0x46546c67, 0x4e4f534a, 0x004e4942];
/** Bytes before the JSON, and between the JSON and the binary part. */
const [HEAD, CHUNK_HEAD] = [20, 8];

interface Range {
  byteOffset?: number;
  byteLength: number;
}

interface View extends Range {
  extensions?: Record<string, Range | undefined>;
}

interface Material {
  pbrMetallicRoughness?: { metallicRoughnessTexture?: object; metallicFactor?: number; roughnessFactor?: number };
  normalTexture?: object;
  occlusionTexture?: object;
  emissiveTexture?: object;
  emissiveFactor?: number[];
}

interface Document {
  accessors?: { bufferView?: number }[];
  bufferViews?: View[];
  buffers?: { byteLength: number }[];
  extensionsUsed?: string[];
  images?: { name?: string; bufferView?: number }[];
  materials?: Material[];
  textures?: { sampler?: number }[];
}

interface Glb {
  document: Document;
  /** Where the binary part starts in the file. */
  start: number;
}

/** Return how many bytes of a file are a model of their own; 0 if none are, undefined while `head` is too short to tell. */
export function earlyBytes(head: Uint8Array): number | undefined {
  const glb = read(head);
  if (!glb) return glb === undefined ? undefined : 0;
  const { document, start } = glb;
  const views = document.bufferViews ?? [];
  const small = views[smallBase(document)?.bufferView ?? -1];
  if (!small) return 0;
  const end = endOf(small);
  const isFirst = (document.accessors ?? []).every(({ bufferView }) => endOf(views[bufferView ?? -1]) <= end);
  return isFirst ? start + end : 0;
}

/** Return the model that the first `earlyBytes` of a file are. */
export function earlyModel(head: Uint8Array): Blob {
  const { document, start } = read(head) as Glb;
  const source = (document.images ?? []).findIndex(({ name }) => name === SMALL_BASE);
  const binary = head.slice(start);
  const early: Document = {
    ...document,
    extensionsUsed: [...new Set([...(document.extensionsUsed ?? []), WEBP])],
    textures: (document.textures ?? []).map(({ sampler }) => ({ ...(sampler === undefined ? {} : { sampler }), extensions: { [WEBP]: { source } } })),
    materials: (document.materials ?? []).map(onlyBaseColour),
    buffers: (document.buffers ?? []).map((buffer, at) => (at ? buffer : { ...buffer, byteLength: binary.length })),
  };
  const json = new TextEncoder().encode(JSON.stringify(early));
  const [jsonLength, binaryLength] = [align4(json.length), align4(binary.length)];
  const glb = new Uint8Array(HEAD + jsonLength + CHUNK_HEAD + binaryLength);
  const words = new DataView(glb.buffer);
  [GLB, 2, glb.length, jsonLength, JSON_CHUNK].forEach((word, at) => words.setUint32(at * 4, word, true));
  glb.fill(0x20, HEAD, HEAD + jsonLength).set(json, HEAD);
  words.setUint32(HEAD + jsonLength, binaryLength, true);
  words.setUint32(HEAD + jsonLength + 4, BIN_CHUNK, true);
  glb.set(binary, HEAD + jsonLength + CHUNK_HEAD);
  return new Blob([glb], { type: "model/gltf-binary" });
}

/** Return the JSON of a GLB; undefined if it is not here yet, null if this is no GLB. */
function read(head: Uint8Array): Glb | undefined | null {
  if (head.length < HEAD) return undefined;
  const words = new DataView(head.buffer, head.byteOffset);
  if (words.getUint32(0, true) !== GLB) return null;
  const end = HEAD + words.getUint32(12, true);
  if (head.length < end + CHUNK_HEAD) return undefined;
  return { document: JSON.parse(new TextDecoder().decode(head.subarray(HEAD, end))) as Document, start: end + CHUNK_HEAD };
}

function smallBase(document: Document): { bufferView?: number } | undefined {
  return document.images?.find(({ name }) => name === SMALL_BASE);
}

/** Return where the bytes of a view end in the binary part. */
function endOf(view: View | undefined): number {
  const { byteOffset = 0, byteLength } = view?.extensions?.[MESHOPT] ?? view ?? { byteLength: Infinity };
  return byteOffset + byteLength;
}

/** Return a material without the maps that come after the small base colour. */
function onlyBaseColour({ normalTexture, occlusionTexture, emissiveTexture, ...material }: Material): Material {
  const { metallicRoughnessTexture, ...pbr } = material.pbrMetallicRoughness ?? {};
  if (metallicRoughnessTexture) Object.assign(pbr, { metallicFactor: 0, roughnessFactor: 1 });
  if (emissiveTexture) delete material.emissiveFactor;
  return { ...material, pbrMetallicRoughness: pbr };
}

function align4(length: number): number {
  return Math.ceil(length / 4) * 4;
}
