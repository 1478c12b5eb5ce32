// Say where three.js, which the viewer runs on, puts every vertex of a GLB at moments of its clips.
// usage: node three_pose.mjs FOLDER_OF_THREE MODEL.glb '[[clip, seconds], …]' > positions.json
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [three, model, moments] = process.argv.slice(2)
const load = path => import(pathToFileURL(join(three, path)))
const { AnimationMixer, Vector3 } = await load('build/three.module.js')
const { GLTFLoader } = await load('examples/jsm/loaders/GLTFLoader.js')
const { MeshoptDecoder } = await load('examples/jsm/libs/meshopt_decoder.module.js')

globalThis.self = globalThis
globalThis.ProgressEvent = class { constructor (type, told) { Object.assign(this, { type }, told) } }
const data = readFileSync(model)
const bytes = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength)

async function positionsAt (clip, seconds) {
  const gltf = await new GLTFLoader().setMeshoptDecoder(MeshoptDecoder).parseAsync(bytes.slice(0), '')
  if (clip >= 0) {
    const mixer = new AnimationMixer(gltf.scene)
    const action = mixer.clipAction(gltf.animations[clip])
    action.play()
    action.setLoop(2200, 1)  // LoopOnce: the end of a clip is not its beginning
    action.clampWhenFinished = true
    mixer.setTime(seconds)
  }
  gltf.scene.updateMatrixWorld(true)
  const found = {}
  gltf.scene.traverse(object => {
    if (!object.isMesh) return
    object.skeleton?.update()
    const points = [], count = object.geometry.attributes.position.count
    for (let index = 0; index < count; index++) {
      points.push(object.getVertexPosition(index, new Vector3()).applyMatrix4(object.matrixWorld).toArray())
    }
    found[object.name] = points
  })
  return found
}

const found = []
for (const [clip, seconds] of JSON.parse(moments)) found.push(await positionsAt(clip, seconds))
process.stdout.write(JSON.stringify(found))
