// Convert a sound or film from standard input to a format that browsers play, and write it to standard output.
// usage: node sound.mjs NODE_MODULES webm TAGS                     < sound.opus  (Ogg)  > sound.webm
//        node sound.mjs NODE_MODULES aac TAGS RATE CHANNELS BITS   < 16 bit PCM         > sound.m4a
//        node sound.mjs NODE_MODULES mp4 TAGS                     < film.mov or .m4a   > film.mp4
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [modules, what, tags, rate, channels, bits] = process.argv.slice(2)
const load = (...path) => import(pathToFileURL(join(modules, ...path)).href)

// An MP4 has its creation time, in seconds since 1904: a constant, so that the same sound gives the same bytes.
Date.now = () => 0

async function webm(mediabunny, data) {
  const { ALL_FORMATS, BufferSource, BufferTarget, Conversion, Input, Output, WebMOutputFormat } = mediabunny
  const input = new Input({ source: new BufferSource(data), formats: ALL_FORMATS })
  const output = new Output({ format: new WebMOutputFormat(), target: new BufferTarget() })
  const conversion = await Conversion.init({ input, output, tags: JSON.parse(tags), showWarnings: false })
  if (!conversion.isValid) throw new Error('the packets cannot be copied')
  await conversion.execute()
  return output.target.buffer
}

async function aac(mediabunny, data) {
  const { AudioSample, AudioSampleSource, BufferTarget, Mp4OutputFormat, Output } = mediabunny
  const { registerAacEncoder } = await load('@mediabunny', 'aac-encoder', 'dist', 'bundles', 'mediabunny-aac-encoder.mjs')
  registerAacEncoder()
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: 'in-memory' }), target: new BufferTarget() })
  const source = new AudioSampleSource({ codec: 'aac', bitrate: Number(bits) })
  output.addAudioTrack(source)
  output.setMetadataTags(JSON.parse(tags))
  await output.start()
  const stride = 2 * Number(channels) * Number(rate)
  for (let at = 0; at < data.length; at += stride) {
    const sample = new AudioSample({
      data: data.slice(at, at + stride),
      format: 's16',
      numberOfChannels: Number(channels),
      sampleRate: Number(rate),
      timestamp: at / stride,
    })
    await source.add(sample)
    sample.close()
  }
  source.close()
  await output.finalize()
  return output.target.buffer
}

// Packets are copied; only uncompressed sound is encoded. The tags of the input are left out: phones write positions there.
async function mp4(mediabunny, data) {
  const { ALL_FORMATS, BufferSource, BufferTarget, Conversion, Input, Mp4OutputFormat, Output } = mediabunny
  const { registerAacEncoder } = await load('@mediabunny', 'aac-encoder', 'dist', 'bundles', 'mediabunny-aac-encoder.mjs')
  registerAacEncoder()
  const input = new Input({ source: new BufferSource(data), formats: ALL_FORMATS })
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: 'in-memory' }), target: new BufferTarget() })
  const audio = async (track) => (await track.getCodec())?.startsWith('pcm') ? { codec: 'aac', bitrate: 128000 } : {}
  const conversion = await Conversion.init({ input, output, audio, tags: JSON.parse(tags), showWarnings: false })
  if (!conversion.isValid || conversion.discardedTracks.length) throw new Error('a track cannot be copied')
  await conversion.execute()
  return output.target.buffer
}

try {
  const mediabunny = await load('mediabunny', 'dist', 'modules', 'src', 'index.js')
  const data = new Uint8Array(readFileSync(0))
  const container = await { webm, aac, mp4 }[what](mediabunny, data)
  process.stdout.write(new Uint8Array(container), () => process.exit(0))
} catch (error) {
  process.stderr.write(`${error}\n`, () => process.exit(1))
}
