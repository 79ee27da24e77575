/** CaseMessage: a message as a case writes it, or as its frame in hexadecimal digits says, read by the protocol's codec. */
import type { Codec, Direction, Message } from '../../../sdk/index.ts'
import { fakeMessage } from '../../../sdk/testing/fake-message.ts'
import type { Protocols } from './protocols.ts'
import type { TestMessage } from './test-options.ts'

const FRAME_BYTES_MAX = 8 * 1_048_576
const LISTENER = 'test'
const PEER = '127.0.0.1:40000'

/** Throws a sentence when a frame is none. */
export function caseMessage(given: TestMessage, direction: Direction, protocols: Protocols): Message {
  const { listener = LISTENER, peer = PEER } = given
  for (const protocol of protocols.names) {
    const hex = Object.entries(given).find(([key]) => key === protocol)?.[1]
    const found = typeof hex === 'string' ? protocols.codec(protocol) : undefined
    if (found === undefined || typeof hex !== 'string') continue
    const message = frameMessage(found, hex, direction)
    message.origin = { listener, peer }
    return message
  }
  return fakeMessage({
    kind: given.kind ?? direction,
    protocol: given.protocol ?? 'test',
    operation: given.operation ?? '',
    properties: given.properties ?? {},
    body: given.body ?? '',
    listener,
    peer,
    ...(given.id === undefined ? {} : { requestId: given.id }),
    ...(given.status === undefined ? {} : { status: given.status }),
    ...(given.size === undefined ? {} : { size: given.size }),
  })
}

function frameMessage(codec: Codec, hex: string, direction: Direction): Message {
  const digits = hex.replaceAll(/\s/g, '')
  if (digits.length % 2 !== 0) throw new Error(`the ${codec.name} frame has half a byte too many`)
  const found: Message[] = []
  const faults: string[] = []
  const decoder = codec.createDecoder(direction, { bodyBytesMax: FRAME_BYTES_MAX })
  let missing = 0
  decoder.decode(Buffer.from(digits, 'hex'), {
    message: (message) => void found.push(message),
    need: (bytes) => {
      missing = bytes
    },
    refused: (_message, text) => void faults.push(text),
    malformed: (code, text) => void faults.push(`${code}: ${text}`),
  })
  const [message] = found
  if (message !== undefined) return message
  const [fault = missing > 0 ? `it lacks ${missing} bytes` : 'it holds none'] = faults
  throw new Error(`this is no ${codec.name} frame: ${fault}`)
}
