// A cutting plane through a model: three.js clips each material by planes, which need no more than a normal and a constant.
import type { Vector3 } from "../geo/pose";
import type { ModelViewer } from "./model_viewer";
import { symbolProperty } from "./symbol_property";

/** The half that is kept: where the coordinate along an axis (0 to 2) is at most a place, or at least it. */
export interface Cut {
  axis: 0 | 1 | 2;
  place: number;
  isUpperKept: boolean;
}

interface Plane {
  normal: { x: number; y: number; z: number };
  constant: number;
  clone(): Plane;
}

interface Material {
  side: number;
  clippingPlanes: Plane[] | null;
  needsUpdate: boolean;
  onBeforeCompile: (shader: { fragmentShader: string }) => void;
  customProgramCacheKey: () => string;
}

interface Node {
  material?: Material;
  matrixWorld: { elements: number[] };
  traverse(visit: (node: Node) => void): void;
  updateWorldMatrix(parents: boolean, children: boolean): void;
}

interface Scene {
  /** What the camera looks at; the models hang on it, and the shadow. */
  target: Node;
  models: readonly Node[];
}

const DOUBLE_SIDE = 2;
/** The cut, in one flat colour: through a closed surface one sees its back, which looks like a solid then. */
const INSIDE = "vec4(0.36, 0.31, 0.28, 1.0)";
const LAST_STEP = "#include <dithering_fragment>";

const originals = new WeakMap<Material, Pick<Material, "side" | "onBeforeCompile" | "customProgramCacheKey">>();
/** The plane of a model, and all materials that it cut: one that was exchanged meanwhile comes back whole, too. */
const cuts = new WeakMap<ModelViewer, { plane: Plane; materials: Set<Material> }>();

/** Return whether a cut removes what is at a place along its axis. */
export function isCutAway({ place, isUpperKept }: Cut, at: number): boolean {
  return isUpperKept ? at < place : at > place;
}

/** Return the plane of a cut in the space that `matrix` leads to, column by column, as three.js writes it; it has no scale. */
export function planeOf(cut: Cut, matrix: readonly number[]): { normal: Vector3; constant: number } {
  const sign = cut.isUpperKept ? 1 : -1;
  const column = (at: number) => [0, 1, 2].map((row) => matrix[at * 4 + row] ?? 0) as unknown as Vector3;
  const [x, y, z] = column(cut.axis);
  const [left, up, near] = column(3);
  const normal: Vector3 = [sign * x, sign * y, sign * z];
  return { normal, constant: -sign * cut.place - (normal[0] * left + normal[1] * up + normal[2] * near) };
}

/** Cut a model, or show it whole; return whether it is possible. To be called before each picture: the camera moves the model. */
export function setCut(viewer: ModelViewer, cut: Cut | undefined): boolean {
  const scene = symbolProperty<Scene>(viewer, "scene");
  const renderer = symbolProperty<{ threeRenderer?: { localClippingEnabled: boolean } }>(viewer, "renderer")?.threeRenderer;
  if (!scene?.target || !scene.models || !renderer || typeof scene.target.updateWorldMatrix !== "function") return false;
  if (!cut) {
    cuts.get(viewer)?.materials.forEach(restore);
    cuts.delete(viewer);
    return true;
  }
  renderer.localClippingEnabled = true;
  const { plane, materials } = cuts.get(viewer) ?? { plane: createPlane(), materials: new Set<Material>() };
  cuts.set(viewer, { plane, materials });
  scene.target.updateWorldMatrix(true, false);
  const { normal, constant } = planeOf(cut, scene.target.matrixWorld.elements);
  [plane.normal.x, plane.normal.y, plane.normal.z] = normal;
  plane.constant = constant;
  for (const model of scene.models) model.traverse(({ material }) => material && clip(material, plane, materials));
  return true;
}

function createPlane(): Plane {
  const plane: Plane = { normal: { x: 0, y: 0, z: 0 }, constant: 0, clone: () => plane };
  return plane;
}

function clip(material: Material, plane: Plane, materials: Set<Material>): void {
  if (material.clippingPlanes?.[0] === plane && originals.has(material)) return;
  const { side, onBeforeCompile, customProgramCacheKey } = material;
  originals.set(material, { side, onBeforeCompile, customProgramCacheKey });
  materials.add(material);
  material.side = DOUBLE_SIDE;
  material.onBeforeCompile = (shader) => {
    shader.fragmentShader = shader.fragmentShader.replace(LAST_STEP, `${LAST_STEP}\nif (!gl_FrontFacing) gl_FragColor = ${INSIDE};`);
  };
  material.customProgramCacheKey = () => "carreau-cut";
  material.clippingPlanes = [plane];
  material.needsUpdate = true;
}

function restore(material: Material): void {
  const original = originals.get(material);
  if (!original) return;
  Object.assign(material, original, { clippingPlanes: null, needsUpdate: true });
  originals.delete(material);
}
