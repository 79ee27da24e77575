/**
 * Redaction: what must not leave the proxy is taken out of a copy of a frame, by the codec itself. A frame of which it
 * cannot be taken out for sure is left out as a whole.
 */
import {
  ByteWriter,
  type Codec,
  type DecoderSink,
  type Direction,
  type Edit,
  type Message,
  Mutation,
} from '../../sdk/index.ts'

const REDACTED = 'redacted'

export class Redaction {
  /** In lower case: a secret is one however its key is written. */
  readonly #keys: ReadonlySet<string>
  readonly #bodies: boolean

  /** `bodies`: no frame is kept at all, for it holds its body. */
  constructor(keys: readonly string[], bodies: boolean) {
    this.#keys = new Set(keys.map((key) => key.toLowerCase()))
    this.#bodies = bodies
  }

  /** The frame to keep, which may be the same bytes; `undefined` when none may be kept. */
  frame(codec: Codec, bytes: Buffer, direction: Direction): Buffer | undefined {
    if (this.#bodies) return undefined
    if (this.#keys.size === 0) return bytes
    const message = decoded(codec, bytes, direction)
    if (message === undefined) return undefined
    const found = message.keys().filter((key) => this.#keys.has(key.toLowerCase()))
    // What cannot be read may hold what is looked for.
    if (message.problem !== undefined) return undefined
    return found.length === 0 ? bytes : rewritten(codec, message, found)
  }

  edits(edits: readonly Edit[]): readonly Edit[] {
    return edits.map((edit) => (this.#hides(edit) ? { ...edit, value: REDACTED } : edit))
  }

  #hides({ key, op }: Edit): boolean {
    return op !== 'remove' && this.#keys.has(key.toLowerCase())
  }
}

function rewritten(codec: Codec, message: Message, keys: readonly string[]): Buffer | undefined {
  message.mutation = new Mutation()
  for (const key of keys) message.mutation.set(key, REDACTED)
  const out = new ByteWriter()
  const problem = codec.encode(message, message.idHigh, message.idLow, out, message.idText)
  return problem === undefined ? out.toBuffer() : undefined
}

/** The only message in a copy of these bytes, if the codec pushes it at once. */
function decoded(codec: Codec, bytes: Buffer, direction: Direction): Message | undefined {
  const messages: Message[] = []
  const sink: DecoderSink = {
    message: (message) => void messages.push(message),
    need: () => undefined,
    refused: () => undefined,
    malformed: () => undefined,
  }
  const decoder = codec.createDecoder(direction, { bodyBytesMax: bytes.length })
  decoder.decode(Buffer.from(bytes), sink)
  decoder.close?.()
  return messages.length === 1 ? messages[0] : undefined
}
