// Validate GLBs with the Khronos glTF validator, one after another, until standard input ends.
// usage: node validate.mjs FOLDER_OF_GLTF_VALIDATOR
// A question is the length of a GLB (32 bits, little-endian) and the GLB, an answer the length of its report and that
// report as JSON.
import { createRequire } from 'node:module'

const MOST_ISSUES = 1000

async function answer(validator, glb) {
  const { issues } = await validator.validateBytes(glb, { format: 'glb', maxIssues: MOST_ISSUES })
  const report = Buffer.from(JSON.stringify({ messages: issues.messages, truncated: issues.truncated }))
  const size = Buffer.alloc(4)
  size.writeUInt32LE(report.length)
  process.stdout.write(Buffer.concat([size, report]))
}

async function serve() {
  const validator = createRequire(import.meta.url)(process.argv[2])
  let chunks = []
  let held = 0
  let length = -1
  for await (const chunk of process.stdin) {
    chunks.push(chunk)
    held += chunk.length
    if (length < 0 && held >= 4) {
      const all = Buffer.concat(chunks)
      length = all.readUInt32LE(0)
      chunks = [all.subarray(4)]
      held -= 4
    }
    if (length >= 0 && held >= length) {
      await answer(validator, new Uint8Array(Buffer.concat(chunks)))
      chunks = []
      held = 0
      length = -1
    }
  }
}

try {
  await serve()
} catch (error) {
  process.stderr.write(`${String(error).split('\n')[0]}\n`, () => process.exit(1))
}
