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
  /** In lower case: a secret is one however its key is written. What stands between stars, for each rule. */
  readonly #rules: readonly (readonly string[])[]
  readonly #bodies: boolean

  /** A star in a rule stands for any letters. `bodies`: no frame is kept at all, for it holds its body. */
  constructor(rules: readonly string[], bodies: boolean) {
    this.#rules = rules.map((rule) => rule.toLowerCase().split('*'))
    this.#bodies = bodies
  }

  /** Whether frames are kept as they are, and so may be parts of them. */
  get keepsAll(): boolean {
    return !this.#bodies && this.#rules.length === 0
  }

  /** The frame to keep, which may be the same bytes; `undefined` when none may be kept. */
  frame(codec: Codec, bytes: Buffer, direction: Direction): Buffer | undefined {
    if (this.#bodies) return undefined
    if (this.#rules.length === 0) return bytes
    const message = decoded(codec, bytes, direction)
    if (message === undefined) return undefined
    const found = message.keys().filter((key) => this.#names(key))
    // What cannot be read may hold what is looked for.
    if (message.problem !== undefined) return undefined
    return found.length === 0 ? bytes : rewritten(codec, message, found)
  }

  edits(edits: readonly Edit[]): readonly Edit[] {
    return edits.map((edit) => (this.#hides(edit) ? { ...edit, value: REDACTED } : edit))
  }

  #hides({ key, op }: Edit): boolean {
    return op !== 'remove' && this.#names(key)
  }

  #names(key: string): boolean {
    const lower = key.toLowerCase()
    return this.#rules.some((rule) => fits(lower, rule))
  }
}

/** Each part where it is found first behind the one before it, the last at the end. */
function fits(key: string, [first = '', ...parts]: readonly string[]): boolean {
  const last = parts.pop()
  if (last === undefined) return key === first
  if (!key.startsWith(first)) return false
  let at = first.length
  for (const part of parts) {
    const found = key.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return key.length - last.length >= at && key.endsWith(last)
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
