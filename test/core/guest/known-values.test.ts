/** Values that a codec says are those of the message before: they stay in the block, and nobody is asked for them. */
import { expect, test } from 'vitest'
import { BlockWriter } from '../../../core/guest/block.ts'
import type { Reads } from '../../../core/guest/declaration.ts'
import { abi } from '../../../sdk/abi/abi.ts'
import { Message, Mutation, type PropertyReader } from '../../../sdk/index.ts'
import { seededRandom } from '../../seeded-random.ts'

const HEADER_BYTES = 16

/** The only value is the body; bodies that are alike are known by one thing. */
class BodyReader implements PropertyReader {
  readonly protocol = 'body'
  readonly #known = new Map<string, object>()
  readonly #problems: boolean
  asked = 0

  constructor(problems = false) {
    this.#problems = problems
  }

  get(message: Message, key: string): string | undefined {
    this.asked++
    if (this.#problems) message.problem ??= `nothing is known of ${message.idLow}`
    return key === 'none' ? undefined : this.body(message).toString()
  }

  knownBy(message: Message): object {
    const body = this.body(message).toString()
    const known = this.#known.get(body) ?? {}
    this.#known.set(body, known)
    return known
  }

  keys(): readonly string[] {
    return ['value']
  }

  operation(message: Message): string {
    return `do/${message.idLow}`
  }

  body(message: Message): Buffer {
    return message.bytes.subarray(HEADER_BYTES)
  }
}

function messageOf(reader: PropertyReader, body: string, id = 1, peer = '10.0.0.1:1'): Message {
  const bytes = Buffer.concat([Buffer.alloc(HEADER_BYTES), Buffer.from(body)])
  const message = new Message('request', reader, bytes, 0, bytes.length, HEADER_BYTES)
  message.idLow = id
  message.origin = { listener: 'in', peer }
  return message
}

function readsOf(parts: Partial<Reads> = {}): Reads {
  return { keys: ['value', 'none'], allKeys: false, body: false, operation: false, ...parts }
}

function written(writer: BlockWriter, messages: readonly Message[], reads: Reads): string {
  writer.begin(abi.phase.request, { nowMs: 0, wallMs: 0 })
  for (const [place, message] of messages.entries()) writer.message(message, place + 1, reads)
  writer.finish()
  return writer.bytes.toString('hex', 0, writer.size)
}

test('values that are known stay where they are', () => {
  const reader = new BodyReader()
  const writer = new BlockWriter()
  const reads = readsOf()
  written(writer, [messageOf(reader, 'web')], reads)
  const asked = reader.asked
  for (let id = 2; id < 10; id++) {
    expect(written(writer, [messageOf(reader, 'web', id)], reads)).toBe(
      written(new BlockWriter(), [messageOf(new BodyReader(), 'web', id)], reads),
    )
  }
  expect(reader.asked).toBe(asked)
})

test('what is wrong with a message is asked of each', () => {
  const reader = new BodyReader(true)
  const writer = new BlockWriter()
  const reads = readsOf()
  for (let id = 1; id < 4; id++) {
    const fresh = messageOf(new BodyReader(true), 'web', id)
    expect(written(writer, [messageOf(reader, 'web', id)], reads)).toBe(
      written(new BlockWriter(), [fresh], reads),
    )
  }
})

test('whatever a writer has written before, a block is what a fresh writer makes of it', () => {
  const random = seededRandom(41)
  const below = (limit: number) => Math.floor(random() * limit)
  const reader = new BodyReader()
  const writer = new BlockWriter()
  const wholes = [
    readsOf(),
    readsOf({ keys: ['value'] }),
    readsOf({ allKeys: true }),
    readsOf({ body: true }),
  ]
  const all = [...wholes, readsOf({ operation: true })]
  for (let round = 0; round < 5_000; round++) {
    const reads = all[below(3) === 0 ? below(all.length) : 0] ?? readsOf()
    const messages = Array.from({ length: below(5) === 0 ? 2 : 1 }, () => {
      const body = below(40) === 0 ? 'v'.repeat(70_000) : 'web'.repeat(below(3) === 0 ? below(4) : 1)
      const message = messageOf(reader, body, below(100), `10.0.0.${below(10) === 0 ? 2 : 1}:1`)
      if (below(6) === 0) {
        message.mutation = new Mutation()
        message.mutation.set(below(2) === 0 ? 'value' : 'other', 'new')
      }
      return message
    })
    if (below(50) === 0)
      writer.configure(Buffer.from('{"a":"long enough to lie upon what stood there"}'), 0, {
        nowMs: 0,
        wallMs: 0,
      })
    expect(written(writer, messages, reads)).toBe(written(new BlockWriter(), messages, reads))
  }
})
