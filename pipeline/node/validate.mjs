// Validate the GLB on standard input with the Khronos glTF validator; write its report as JSON.
// usage: node validate.mjs FOLDER_OF_GLTF_VALIDATOR < model.glb
import { createRequire } from 'node:module'
import { readFileSync, writeSync } from 'node:fs'

const MOST_ISSUES = 1000
const validator = createRequire(import.meta.url)(process.argv[2])
try {
  const report = await validator.validateBytes(new Uint8Array(readFileSync(0)), { format: 'glb', maxIssues: MOST_ISSUES })
  writeSync(1, JSON.stringify({ messages: report.issues.messages, truncated: report.issues.truncated }))
} catch (error) {
  writeSync(2, String(error))
  process.exitCode = 1
}
