// Build model-viewer from its sources without the parts that no page of this project uses: `node library.mjs FILE`.
//
// They are a sixth of what a phone would load before it can show a model: what writes GLB and USDZ (AR has files of its
// own), what reads environment maps as JPEG (`src/models/environment_map.ts` has one in Radiance HDR), and a decoder
// of Zstandard for textures without Basis (Basis Universal brings its own).
import { build } from "esbuild";

const UNUSED = {
  GLTFExporter: /exporters\/GLTFExporter\.js$/,
  USDZExporter: /exporters\/USDZExporter\.js$/,
  HDRJPGLoader: /^@monogrid\/gainmap-js$/,
  ZSTDDecoder: /libs\/zstddec\.module\.js$/,
};

const withoutUnused = {
  name: "without-unused",
  setup({ onResolve, onLoad, onEnd }) {
    const left = new Set(Object.keys(UNUSED));
    for (const [name, filter] of Object.entries(UNUSED)) {
      onResolve({ filter }, () => (left.delete(name), { path: name, namespace: "unused" }));
    }
    onLoad({ filter: /.*/, namespace: "unused" }, ({ path }) => ({
      contents: `export class ${path} { constructor() { throw new Error("${path} is not in this build of model-viewer"); } }`,
    }));
    // The name that model-viewer knows it by writes a warning into the console of every visitor.
    onResolve({ filter: /loaders\/RGBELoader\.js$/ }, () => ({ path: "RGBELoader", namespace: "renamed" }));
    onLoad({ filter: /./, namespace: "renamed" }, () => ({
      contents: 'export { HDRLoader as RGBELoader } from "three/examples/jsm/loaders/HDRLoader.js";',
      resolveDir: import.meta.dirname,
    }));
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
  plugins: [withoutUnused],
});
