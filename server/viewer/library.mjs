// Build model-viewer from its sources without the parts that no page of this project uses: `node library.mjs FILE`.
//
// They are a sixth of what a phone would load before it can show a model: what writes GLB and USDZ (AR has files of its
// own), what reads environment maps as JPEG (`src/models/environment_map.ts` has one in Radiance HDR), and a decoder
// of Zstandard for textures without Basis (Basis Universal brings its own).
//
// The meshopt decoder is in the library, and is given to the reader of glTF here: model-viewer would first wait for a
// script at an address, and show no model until the page is loaded again where that script did not come.
import { build } from "esbuild";

const UNUSED = {
  GLTFExporter: /exporters\/GLTFExporter\.js$/,
  USDZExporter: /exporters\/USDZExporter\.js$/,
  HDRJPGLoader: /^@monogrid\/gainmap-js$/,
  ZSTDDecoder: /libs\/zstddec\.module\.js$/,
};

const REPLACED = {
  // The name that model-viewer knows it by writes a warning into the console of every visitor.
  RGBELoader: {
    filter: /loaders\/RGBELoader\.js$/,
    contents: 'export { HDRLoader as RGBELoader } from "three/examples/jsm/loaders/HDRLoader.js";',
  },
  GLTFLoader: {
    filter: /^three\/examples\/jsm\/loaders\/GLTFLoader\.js$/,
    contents: `
      import { MeshoptDecoder } from "three/examples/jsm/libs/meshopt_decoder.module.js";
      import { GLTFLoader as Loader } from "three/examples/jsm/loaders/GLTFLoader.js";
      export class GLTFLoader extends Loader {
        constructor(manager) {
          super(manager);
          this.setMeshoptDecoder(MeshoptDecoder);
        }
      }`,
  },
};

const ours = {
  name: "ours",
  setup({ onResolve, onLoad, onEnd }) {
    const left = new Set([...Object.keys(UNUSED), ...Object.keys(REPLACED)]);
    for (const [name, filter] of Object.entries(UNUSED)) {
      onResolve({ filter }, () => (left.delete(name), { path: name, namespace: "unused" }));
    }
    onLoad({ filter: /.*/, namespace: "unused" }, ({ path }) => ({
      contents: `export class ${path} { constructor() { throw new Error("${path} is not in this build of model-viewer"); } }`,
    }));
    for (const [name, { filter, contents }] of Object.entries(REPLACED)) {
      onResolve({ filter }, ({ namespace }) => (namespace === "replaced" ? undefined : (left.delete(name), { path: name, namespace: "replaced" })));
      onLoad({ filter: new RegExp(name), namespace: "replaced" }, () => ({ contents, resolveDir: import.meta.dirname }));
    }
    onEnd(() => ({ errors: [...left].map((name) => ({ text: `model-viewer no longer imports ${name}: look at library.mjs` })) }));
  },
};

await build({
  entryPoints: ["@google/model-viewer/lib/model-viewer.js"],
  outfile: process.argv[2],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "eof",
  logLevel: "warning",
  plugins: [ours],
});
