/** A chunk of sixteen Dubbo requests: framing alone, with what a router reads, and passed on under another id. */
import { DubboCodec } from '../../../plugins/dubbo/codec.ts'
import { ByteWriter, type DecoderSink, type Message } from '../../../sdk/index.ts'
import { requestOfSize } from '../frames.ts'
import type { MicroBench } from './main.ts'

const MESSAGES = 16
const chunk = Buffer.concat(Array.from({ length: MESSAGES }, () => requestOfSize(311)))

function overMessages(name: string, onMessage: (message: Message) => number): MicroBench {
  const codec = new DubboCodec()
  const decoder = codec.createDecoder('request', { bodyBytesMax: 8 * 1024 * 1024 })
  return {
    name: `${name} (per message)`,
    run: (iterations) => {
      let seen = 0
      const sink: DecoderSink = {
        message: (message) => {
          seen += onMessage(message)
        },
        need: () => {},
        refused: (_message, text) => {
          throw new Error(text)
        },
        malformed: (_code, text) => {
          throw new Error(text)
        },
      }
      for (let i = 0; i < iterations; i += MESSAGES) decoder.decode(chunk, sink)
      return seen
    },
  }
}

const codec = new DubboCodec()
const out = new ByteWriter()

export const benches: readonly MicroBench[] = [
  overMessages('decode', (message) => message.size),
  overMessages('decode, interface and method', (message) => {
    return (message.get('interface')?.length ?? 0) + (message.get('method')?.length ?? 0)
  }),
  overMessages('decode, an attachment', (message) => message.get('timeout')?.length ?? 0),
  overMessages('decode, encode under another id', (message) => {
    codec.encode(message, 1, 2, out)
    if (out.size < chunk.length) return 0
    out.take()
    out.replaceBuffer(out.buffer)
    return 1
  }),
]
