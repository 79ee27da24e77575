/**
 * Sixteen Dubbo requests in a chunk: framed by the hand-written codec, and by the same header declared in YAML. Then
 * awesomerpc.
 */
import { DubboCodec } from '../../../plugins/dubbo/codec.ts'
import { ByteWriter, type Codec, type DecoderSink, type Message } from '../../../sdk/index.ts'
import { exampleText, schemaCodec } from '../../sdk/schema/read-schema.ts'
import { framedSchema } from '../framed-codecs.ts'
import { requestOfSize } from '../frames.ts'
import type { MicroBench } from './main.ts'

const MESSAGES = 16
const FRAME_BYTES = 311
const dubboChunk = chunkOf(requestOfSize(FRAME_BYTES))

function chunkOf(frame: Buffer): Buffer {
  return Buffer.concat(Array.from({ length: MESSAGES }, () => frame))
}

function overMessages(
  name: string,
  codec: Codec,
  chunk: Buffer,
  onMessage: (message: Message) => number,
): MicroBench {
  const decoder = codec.createDecoder('request', { bodyBytesMax: 8 * 1024 * 1024 })
  return {
    name: `${name} (per message)`,
    run: (iterations) => {
      let seen = 0
      const fail = (text: string): never => {
        throw new Error(text)
      }
      const sink: DecoderSink = {
        message: (message) => {
          seen += onMessage(message)
        },
        need: () => {},
        refused: (_message, text) => fail(text),
        malformed: (_code, text) => fail(text),
      }
      for (let i = 0; i < iterations; i += MESSAGES) decoder.decode(chunk, sink)
      return seen
    },
  }
}

/** A frame of the usual size that begins so. */
function framed(hex: string): Buffer {
  const head = Buffer.from(hex, 'hex')
  const frame = Buffer.alloc(FRAME_BYTES, 0x61)
  head.copy(frame)
  return frame
}

function encoded(codec: Codec, out: ByteWriter): (message: Message) => number {
  return (message) => {
    codec.encode(message, 0, 2, out)
    if (out.size < dubboChunk.length) return 0
    out.take()
    out.replaceBuffer(out.buffer)
    return 1
  }
}

const dubbo = new DubboCodec()
const declared = schemaCodec('framed', framedSchema)
const awesome = schemaCodec('awesomerpc', exampleText('examples/awesomerpc/awesomerpc.codec.yaml'))
const awesomeChunk = chunkOf(framed('010000000100000137000a0000'))

export const benches: readonly MicroBench[] = [
  overMessages('Dubbo: decode', dubbo, dubboChunk, (message) => message.size),
  overMessages('declared: decode', declared, dubboChunk, (message) => message.size),
  overMessages('awesomerpc: decode', awesome, awesomeChunk, (message) => message.size),
  overMessages('Dubbo: decode, method', dubbo, dubboChunk, (message) => message.get('method')?.length ?? 0),
  overMessages(
    'awesomerpc: decode, cmd',
    awesome,
    awesomeChunk,
    (message) => message.get('cmd')?.length ?? 0,
  ),
  overMessages('awesomerpc: decode, operation', awesome, awesomeChunk, (message) => message.operation.length),
  overMessages('Dubbo: decode, encode', dubbo, dubboChunk, encoded(dubbo, new ByteWriter())),
  overMessages('declared: decode, encode', declared, dubboChunk, encoded(declared, new ByteWriter())),
  overMessages('awesomerpc: decode, encode', awesome, awesomeChunk, encoded(awesome, new ByteWriter())),
]
