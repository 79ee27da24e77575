/**
 * The fuzz target of changed Dubbo messages: requests and replies that mostly come again, with edits that mostly do, several
 * read before the first of them is written. Whatever leaves is what a codec writes that has seen nothing before.
 */
import { DubboCodec } from '../../plugins/dubbo/codec.ts'
import { ByteWriter, type Edit, type Message, Mutation } from '../../sdk/index.ts'
import { seededRandom } from '../seeded-random.ts'
import { CHAIN_KEYS, ChainFrames } from './chain-frames.ts'
import { Tape } from './tape.ts'

const TAPE_BYTES = 2_000
const LISTS = 4
const READ_FIRST_MAX = 5
const VALUES = ['web', '', 'weB', 'größe', 'v'.repeat(40), 'w'.repeat(600)] as const

export class DubboEditsTarget {
  readonly name = 'dubbo-edits'
  readonly #random: () => number

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  /** The decisions about a few hundred messages. */
  next(): Buffer {
    return Tape.drawn(this.#random, TAPE_BYTES)
  }

  exercise(input: Buffer, codec = new DubboCodec()): string | undefined {
    const tape = new Tape(input)
    const frames = new ChainFrames(tape)
    const lists = Array.from({ length: LISTS }, () => editsOf(tape))
    const out = new ByteWriter(Buffer.alloc(2_000))
    while (!tape.over) {
      // The same edits for all that are read together, as one filter makes them.
      const usual = lists[tape.once(3) ? tape.below(LISTS) : 0] ?? []
      const list = tape.once(12) ? editsOf(tape) : tape.once(6) ? nearly(usual, tape) : usual
      const read = Array.from({ length: 1 + tape.below(READ_FIRST_MAX) }, () => {
        const frame = tape.once(4) ? frames.reply(1) : frames.request(1)
        return { frame, message: decoded(codec, frame) }
      })
      for (const { message } of read) if (tape.once(2)) message?.get(tape.pick(CHAIN_KEYS))
      for (const { frame, message } of read) {
        const left = written(codec, message, list, out)
        const fresh = new DubboCodec()
        const expected = written(fresh, decoded(fresh, frame), list, new ByteWriter())
        if (left !== expected)
          return `${frame.toString('hex')} with ${JSON.stringify(list)} left as ${left} and not as ${expected}`
      }
      if (tape.once(8)) out.replaceBuffer(Buffer.alloc(tape.once(2) ? 100 : 2_000))
    }
    return undefined
  }
}

function editsOf(tape: Tape): readonly Edit[] {
  return Array.from({ length: 1 + tape.below(3) }, () => {
    const op = tape.pick<Edit['op']>(['set', 'set', 'add', 'remove'])
    return { op, key: tape.pick(CHAIN_KEYS), value: op === 'remove' ? '' : tape.pick(VALUES) }
  })
}

/** The same but for one that is done otherwise. */
function nearly(edits: readonly Edit[], tape: Tape): readonly Edit[] {
  const other = tape.below(edits.length)
  return edits.map((edit, i) => {
    if (i !== other || edit.op === 'remove') return edit
    return tape.once(2) ? { ...edit, value: tape.pick(VALUES) } : { ...edit, op: 'add' }
  })
}

function decoded(codec: DubboCodec, frame: Buffer): Message | undefined {
  const found: Message[] = []
  const ignored = () => {}
  const decoder = codec.createDecoder('request', { bodyBytesMax: 1 << 20 })
  decoder.decode(Buffer.from(frame), {
    ...{ need: ignored, refused: ignored, malformed: ignored },
    message: (message) => found.push(message),
  })
  return found[0]
}

/** The bytes that leave, or why none do. */
function written(
  codec: DubboCodec,
  message: Message | undefined,
  edits: readonly Edit[],
  out: ByteWriter,
): string {
  if (message === undefined) return 'no frame'
  message.mutation = new Mutation()
  for (const edit of edits) message.mutation.repeat(edit)
  return codec.encode(message, 7, 8, out) ?? out.toBuffer().toString('hex')
}
