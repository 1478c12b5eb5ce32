// Internals of model-viewer, accessed by symbol. The version is pinned. Without the scene, parts cannot be hidden and
// there is no daylight; the viewer reports it, or does not offer them.
import type { Vector3 } from "../geo/pose";
import type { ModelViewer } from "./model_viewer";
import { symbolProperty } from "./symbol_property";

interface Point {
  x: number;
  y: number;
  z: number;
  applyMatrix4(matrix: object): Point;
}

interface Positions {
  readonly count: number;
  getX(at: number): number;
  getY(at: number): number;
  getZ(at: number): number;
}

interface Material {
  clone(): Material;
  dispose(): void;
  emissive?: { setRGB(r: number, g: number, b: number): void };
  color?: { lerp(other: object, share: number): void };
}

interface Node {
  readonly name: string;
  visible: boolean;
  material?: Material;
  readonly geometry?: { readonly attributes: { readonly position?: Positions } };
  readonly matrixWorld: object;
  readonly position: Point;
  worldToLocal(point: Point): Point;
  updateWorldMatrix(withParents: boolean, withChildren: boolean): void;
  traverse(visit: (node: Node) => void): void;
}

interface Light extends Node {
  position: Point & { set(x: number, y: number, z: number): void };
  intensity: number;
  color: { r: number; g: number; b: number };
}

interface Scene extends Node {
  /** A plain Object3D. */
  target: Node;
  environmentIntensity: number;
  aspect: number;
  idealAspect: number;
  getObjectByName(name: string): Node | undefined;
  getNDC?(clientX: number, clientY: number): object;
  hitFromPoint?(position: object): { object: { name: string } } | null;
  queueRender(): void;
  add(node: Node): void;
}

/** Light from a direction in the model's axes; colours from 0 to 1; `around` is the share of the default ambient light. */
export interface Lighting {
  from: Vector3;
  colour: Vector3;
  strength: number;
  around: number;
}

type Tint = Readonly<Record<"r" | "g" | "b", number>>;

/** Violet: differs from brick, coal and grass. */
export const MARK: Tint = { r: 0.22, g: 0.03, b: 0.42 };
/** The light of a lamp, for a place on the table model. */
export const LAMP: Tint = { r: 0.62, g: 0.3, b: 0.02 };

function sceneOf(viewer: ModelViewer): Scene | undefined {
  const scene = symbolProperty<Scene>(viewer, "scene");
  return scene && typeof scene.getObjectByName === "function" && typeof scene.queueRender === "function" ? scene : undefined;
}

/** Return the ratio of the visible field to the nominal field of view; above 1 if the viewer is narrower than its model. */
export function viewScale(viewer: ModelViewer): number {
  const scene = sceneOf(viewer);
  const times = scene && scene.aspect > 0 ? scene.idealAspect / scene.aspect : 1;
  return Number.isFinite(times) ? Math.max(1, times) : 1;
}

/** Draw the model again, as it is now. */
export function redraw(viewer: ModelViewer): void {
  sceneOf(viewer)?.queueRender();
}

/** Points of a mesh that are looked at: a model is framed after its first level, which has few more. */
const MOST_POINTS = 4000;

/** Return points of the surface, or of its parts with these names, in the model's axes; empty without them. */
export function surfacePoints(viewer: ModelViewer, names?: readonly string[]): Vector3[] {
  const scene = sceneOf(viewer);
  const points: Vector3[] = [];
  scene?.target?.updateWorldMatrix?.(true, true);
  const roots = names ? names.flatMap((name) => scene?.getObjectByName(nodeName(name)) ?? []) : scene?.target ? [scene.target] : [];
  for (const root of roots) root.traverse((node) => {
    const positions = node.geometry?.attributes.position;
    if (!positions || !scene) return;
    const Plain = node.position.constructor as new (x: number, y: number, z: number) => Point;
    const step = Math.ceil(positions.count / MOST_POINTS);
    for (let at = 0; at < positions.count; at += step) {
      const { x, y, z } = scene.target.worldToLocal(new Plain(positions.getX(at), positions.getY(at), positions.getZ(at)).applyMatrix4(node.matrixWorld));
      points.push([x, y, z]);
    }
  });
  return points;
}

/** Show or hide parts by name; return the names that exist in the model. */
export function showParts(viewer: ModelViewer, names: readonly string[], isShown: boolean): string[] {
  return eachPart(viewer, names, (part) => (part.visible = isShown));
}

const originalMaterials = new WeakMap<Node, Material>();

/** Return the name of the part under a point of the window; undefined for none. */
export function nameAt(viewer: ModelViewer, clientX: number, clientY: number): string | undefined {
  const scene = sceneOf(viewer);
  return scene?.getNDC && scene.hitFromPoint?.(scene.getNDC(clientX, clientY))?.object.name;
}

/** Tint parts by name, or restore them. */
export function markParts(viewer: ModelViewer, names: readonly string[], isMarked: boolean, tint = MARK): void {
  eachPart(viewer, names, (part) => part.traverse((node) => {
    const original = originalMaterials.get(node);
    if (!node.material || !!original === isMarked) return;
    if (original) {
      node.material.dispose();
      node.material = original;
      originalMaterials.delete(node);
      return;
    }
    originalMaterials.set(node, node.material);
    node.material = node.material.clone();
    node.material.emissive?.setRGB(tint.r, tint.g, tint.b);
    node.material.color?.lerp(tint, 0.35);
  }));
}

const lights = new WeakMap<ModelViewer, Light>();

/** Light a model from one side, or by default; return whether it is possible. */
export function setLighting(viewer: ModelViewer, lighting: Lighting | undefined): boolean {
  const scene = sceneOf(viewer);
  if (!scene?.target || typeof scene.add !== "function") return false;
  const light = lights.get(viewer) ?? (lighting && createLight(scene));
  if (!light) return true;
  if (!lights.has(viewer)) scene.add(light);
  lights.set(viewer, light);
  light.visible = !!lighting;
  scene.environmentIntensity = lighting?.around ?? 1;
  if (lighting) {
    light.position.set(...lighting.from);
    [light.color.r, light.color.g, light.color.b] = lighting.colour;
    light.intensity = lighting.strength;
  }
  scene.queueRender();
  return true;
}

/** Create a light. The library does not export its class; the renderer only checks these flags. */
function createLight(scene: Scene): Light {
  const Plain = scene.target.constructor as new () => Node;
  const flags = { isLight: true, isDirectionalLight: true, type: "DirectionalLight", castShadow: false, intensity: 0 };
  return Object.assign(new Plain(), flags, { color: { r: 1, g: 1, b: 1 }, target: new Plain() }) as unknown as Light;
}

function eachPart(viewer: ModelViewer, names: readonly string[], visit: (part: Node) => void): string[] {
  const scene = sceneOf(viewer);
  const present = names.filter((name) => {
    const part = scene?.getObjectByName(nodeName(name));
    if (part) visit(part);
    return part;
  });
  if (present.length) scene?.queueRender();
  return present;
}

/** Return the name that three.js gives a node: without the reserved characters of animation paths. */
export function nodeName(name: string): string {
  return name.replace(/\s/g, "_").replace(/[[\].:/]/g, "");
}
