/**
 * Puts bytes through everything the Dubbo codec does: decode, read every property, encode, change and decode
 * again. The answer is a sentence when a promise is broken; a throw is a broken promise, too.
 */
import { DubboCodec } from '../../plugins/dubbo/codec.ts'
import { ByteWriter, type DecoderSink, type Message, Mutation } from '../../sdk/index.ts'

const BODY_BYTES_MAX = 65_536

const codec = new DubboCodec()

class Sink implements DecoderSink {
  readonly messages: Message[] = []
  readonly refusedIds: number[] = []
  malformedCount = 0

  message(message: Message): void {
    this.messages.push(message)
  }

  need(): void {}

  refused(message: Message): void {
    this.refusedIds.push(message.idLow)
  }

  malformed(): void {
    this.malformedCount++
  }
}

/** `undefined` when every promise held; otherwise which did not. */
export function exercise(bytes: Uint8Array, split = bytes.length >> 1): string | undefined {
  try {
    return broken(bytes, split)
  } catch (error) {
    return `it threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
  }
}

function broken(bytes: Uint8Array, split: number): string | undefined {
  const whole = decode([bytes])
  const halves = decode([bytes.subarray(0, split), bytes.subarray(split)])
  if (whole.malformedCount > 1) return 'it was refused twice'
  if (whole.messages.length !== halves.messages.length || whole.malformedCount !== halves.malformedCount) {
    return 'split in two, it is something else'
  }
  if (whole.refusedIds.join() !== halves.refusedIds.join()) return 'split in two, something else is refused'
  for (const [index, message] of whole.messages.entries()) {
    const other = halves.messages[index]
    const problem = brokenMessage(message) ?? (other === undefined ? undefined : difference(message, other))
    if (problem !== undefined) return `message ${index}: ${problem}`
  }
  return undefined
}

function decode(parts: readonly Uint8Array[]): Sink {
  const sink = new Sink()
  const decoder = codec.createDecoder('request', { bodyBytesMax: BODY_BYTES_MAX })
  for (const part of parts) {
    if (sink.malformedCount === 0) decoder.decode(Buffer.from(part), sink)
  }
  return sink
}

function brokenMessage(message: Message): string | undefined {
  const before = Buffer.from(message.bytes.subarray(message.start, message.end))
  const keys = message.keys()
  for (const key of keys) {
    if (message.getAll(key).length === 0) return `the key ${JSON.stringify(key)} has no value`
  }
  void message.operation
  message.get('conflict')
  message.get('exception')
  const plain = write(message)
  if (typeof plain === 'string') return `unchanged, it could not be written: ${plain}`
  if (!plain.equals(before)) return 'unchanged, it was written differently'
  return brokenChange(message, keys)
}

function brokenChange(message: Message, keys: readonly string[]): string | undefined {
  message.mutation = new Mutation()
  message.mutation.set('x-fuzz', 'né\ud83d\ude00')
  const gone = keys.find((key) => !key.includes('interface') && !OWN.has(key))
  if (gone !== undefined) message.mutation.remove(gone)
  const written = write(message)
  message.mutation = undefined
  // A problem is a fine answer to bytes that make no sense, as long as it names a key.
  if (typeof written === 'string')
    return written.startsWith('"') ? undefined : `a problem without a key: ${written}`
  const sink = decode([written])
  const [again] = sink.messages
  if (again === undefined || sink.messages.length > 1) {
    return written.length > BODY_BYTES_MAX ? undefined : 'changed, it is not one frame'
  }
  if (again.get('x-fuzz') !== 'né\ud83d\ude00') return 'changed, it lost what was set'
  if (gone !== undefined && again.has(gone)) return `changed, it kept ${JSON.stringify(gone)}`
  for (const key of keys) {
    if (key === gone || key === 'x-fuzz' || key === 'conflict') continue
    if (JSON.stringify(again.getAll(key)) !== JSON.stringify(message.getAll(key))) {
      return `changed, its ${JSON.stringify(key)} is another`
    }
  }
  return undefined
}

const OWN = new Set([
  'serialization',
  'dubbo',
  'path',
  'version',
  'method',
  'parameter-types',
  'conflict',
  'status',
])
OWN.add('exception').add('error')

/** The bytes under the message's own id, or the problem. */
function write(message: Message): Buffer | string {
  const out = new ByteWriter()
  const problem = codec.encode(message, message.idHigh, message.idLow, out)
  if (problem !== undefined) return out.size > 0 ? `bytes were written beside "${problem}"` : problem
  return out.toBuffer()
}

function difference(message: Message, other: Message): string | undefined {
  const same =
    message.kind === other.kind &&
    message.requestId === other.requestId &&
    message.operation === other.operation
  return same ? undefined : 'split in two, it is another message'
}
