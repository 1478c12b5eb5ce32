// What model-viewer has and does not offer: its scene, found under a symbol. The version is pinned; where the scene is
// not found, parts cannot be hidden and there is no daylight, and the viewer says so or does not offer it.
import type { Vector3 } from "../geo/pose";
import type { ModelViewer } from "./model_viewer";

interface Material {
  clone(): Material;
  dispose(): void;
  emissive?: { setRGB(r: number, g: number, b: number): void };
  color?: { lerp(other: object, share: number): void };
}

interface Node {
  visible: boolean;
  material?: Material;
  traverse(visit: (node: Node) => void): void;
}

interface Light extends Node {
  position: { set(x: number, y: number, z: number): void };
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
  queueRender(): void;
  add(node: Node): void;
}

/** Light from a direction in the model's axes; colours from 0 to 1, `around` is that of the sky as a share of the usual one. */
export interface Lighting {
  from: Vector3;
  colour: Vector3;
  strength: number;
  around: number;
}

/** Violet: a colour that brick, coal and grass do not have. */
const MARK = { r: 0.22, g: 0.03, b: 0.42 };

function sceneOf(viewer: ModelViewer): Scene | undefined {
  const key = Object.getOwnPropertySymbols(viewer).find((symbol) => symbol.description === "scene");
  const scene = key && (viewer as unknown as Record<symbol, Scene | undefined>)[key];
  return scene && typeof scene.getObjectByName === "function" && typeof scene.queueRender === "function" ? scene : undefined;
}

/** Return how many times as much a viewer shows as its field of view says: more where it is narrower than its model. */
export function viewScale(viewer: ModelViewer): number {
  const scene = sceneOf(viewer);
  const times = scene && scene.aspect > 0 ? scene.idealAspect / scene.aspect : 1;
  return Number.isFinite(times) ? Math.max(1, times) : 1;
}

/** Show or hide the parts of some names; returns those that the model has. */
export function showParts(viewer: ModelViewer, names: readonly string[], isShown: boolean): string[] {
  return eachPart(viewer, names, (part) => (part.visible = isShown));
}

const originalMaterials = new WeakMap<Node, Material>();

/** Tint the parts of some names, or show them as they are. */
export function markParts(viewer: ModelViewer, names: readonly string[], isMarked: boolean): void {
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
    node.material.emissive?.setRGB(MARK.r, MARK.g, MARK.b);
    node.material.color?.lerp(MARK, 0.35);
  }));
}

const lights = new WeakMap<ModelViewer, Light>();

/** Light a model from one side, or as the library does; says whether it could. */
export function setLighting(viewer: ModelViewer, lighting: Lighting | undefined): boolean {
  const scene = sceneOf(viewer);
  if (!scene?.target || typeof scene.add !== "function") return false;
  const light = lights.get(viewer) ?? (lighting && lightOf(scene));
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

/** The renderer knows a light by what it is marked as; the library keeps the class of lights to itself. */
function lightOf(scene: Scene): Light {
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

/** Return the name that three.js gives a node: without what its animation paths are made of. */
export function nodeName(name: string): string {
  return name.replace(/\s/g, "_").replace(/[[\].:/]/g, "");
}
