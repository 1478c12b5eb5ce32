// Draw the environment map of model-viewer as an equirectangular picture.
import { FloatType, GLSL3, Mesh, NearestFilter, OrthographicCamera, PlaneGeometry, RawShaderMaterial, Scene, WebGLRenderTarget, WebGLRenderer } from "three";
import TextureUtils from "@google/model-viewer/lib/three-components/TextureUtils.js";

const VERTEX = "in vec3 position; void main() { gl_Position = vec4(position.xy, 0.0, 1.0); }";
/** The mean of 16 by 16 directions in each pixel. */
const FRAGMENT = `
  precision highp float;
  uniform samplerCube cube;
  uniform vec2 size;
  out vec4 mean;
  void main() {
    vec4 sum = vec4(0.0);
    for (int i = 0; i < 16; i++) {
      for (int j = 0; j < 16; j++) {
        vec2 at = (floor(gl_FragCoord.xy) + (vec2(i, j) + 0.5) / 16.0) / size;
        float lon = (at.x - 0.5) * 6.283185307179586, lat = (at.y - 0.5) * 3.141592653589793;
        sum += vec4(texture(cube, vec3(cos(lat) * cos(lon), sin(lat), cos(lat) * sin(lon))).rgb, 1.0) * cos(lat);
      }
    }
    mean = vec4(sum.rgb / sum.a, 1.0);
  }`;

/** Return width * width / 2 radiances, the lowest row first; the light has no colour. */
globalThis.radiances = async (width) => {
  const renderer = new WebGLRenderer();
  const cube = await new TextureUtils(renderer).loadGeneratedEnvironmentMapAlt();
  const filters = { minFilter: NearestFilter, magFilter: NearestFilter };
  const target = new WebGLRenderTarget(width, width / 2, { type: FloatType, depthBuffer: false, ...filters });
  const uniforms = { cube: { value: cube }, size: { value: [width, width / 2] } };
  const material = new RawShaderMaterial({ glslVersion: GLSL3, uniforms, vertexShader: VERTEX, fragmentShader: FRAGMENT, depthTest: false });
  const scene = new Scene();
  scene.add(new Mesh(new PlaneGeometry(2, 2), material));
  renderer.setRenderTarget(target);
  renderer.render(scene, new OrthographicCamera(-1, 1, 1, -1, 0, 1));
  const texels = new Float32Array(width * width * 2);
  renderer.readRenderTargetPixels(target, 0, 0, width, width / 2, texels);
  return [...texels].filter((_, at) => at % 4 === 0);
};
