/** Values that a codec says are those of the message before: they stay in the block, and nobody is asked for them. */
import { expect, test } from 'vitest'
import { BlockWriter } from '../../../core/guest/block.ts'
import type { Reads } from '../../../core/guest/declaration.ts'
import { abi } from '../../../sdk/abi/abi.ts'
import { Message, Mutation, type PropertyReader } from '../../../sdk/index.ts'
import { seededRandom } from '../../seeded-random.ts'

const HEADER_BYTES = 16
const NO_TIMES = { nowMs: 0, wallMs: 0 }
const NOBODY = { listener: '', peer: '' }

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

/** What a filter is told: the block that stands, if that may be, else a new one. */
function shown(
  writer: BlockWriter,
  message: Message,
  handle: number,
  reads: Reads,
  times = NO_TIMES,
): string {
  if (!writer.again(message, handle, reads, 0, times)) {
    writer.begin(abi.phase.request, times)
    writer.message(message, handle, reads)
    writer.finish()
  }
  return writer.bytes.toString('hex', 0, writer.size)
}

test('a block stands for other messages of its client with the same values, but for the numbers', () => {
  const reader = new BodyReader()
  const writer = new BlockWriter()
  const reads = readsOf()
  const client = { listener: 'in', peer: '10.0.0.1:1' }
  const of = (change: (message: Message) => void, body = 'web') => {
    const message = messageOf(reader, body)
    message.origin = client
    change(message)
    return message
  }
  const first = of(() => undefined)
  shown(writer, first, 1, reads)
  const next = of((message) => {
    message.idLow = 7
    message.idHigh = 8
    message.status = 20
    message.mutation = new Mutation()
    message.mutation.set('other', 'x')
  })
  const times = { nowMs: 1.5, wallMs: 2.5 }
  expect(writer.again(next, 9, reads, 0, times)).toBe(true)
  const bytes = writer.bytes.toString('hex', 0, writer.size)
  expect(bytes).toBe(shown(new BlockWriter(), next, 9, reads, times))
  const others: ((message: Message) => void)[] = [
    (message) => {
      message.origin = { listener: 'in', peer: '10.0.0.1:2' }
    },
    (message) => {
      message.kind = 'oneway'
    },
    (message) => {
      message.problem = 'why'
    },
    (message) => {
      message.idText = 'a'
    },
    (message) => {
      message.mutation = new Mutation()
      message.mutation.set('value', 'x')
    },
  ]
  for (const change of others) expect(writer.again(of(change), 9, reads, 0, times)).toBe(false)
  expect(
    writer.again(
      of(() => undefined, 'other'),
      9,
      reads,
      0,
      times,
    ),
  ).toBe(false)
  expect(writer.again(next, 9, readsOf(), 0, times)).toBe(false)
  expect(writer.again(next, 9, reads, 0, times)).toBe(true)
})

test('what was shown while several filters used a writer is forgotten when one is left', () => {
  const reader = new BodyReader()
  const writer = new BlockWriter(false, { last: 0 })
  const reads = readsOf()
  const [first, second] = [messageOf(reader, 'web', 1), messageOf(reader, 'web', 2)]
  first.origin = second.origin = NOBODY
  writer.share(true)
  shown(writer, first, 1, reads)
  writer.share(false)
  shown(writer, second, 2, reads)
  writer.share(true)
  expect(shown(writer, first, 3, reads)).toBe(shown(new BlockWriter(), first, 3, reads))
})

test('whatever a writer has written before, a block is what a fresh writer makes of it', () => {
  const random = seededRandom(41)
  const below = (limit: number) => Math.floor(random() * limit)
  const reader = new BodyReader()
  const writer = new BlockWriter()
  // Of the same length, longer by little, and longer by more than what lies between.
  const clients = ['10.0.0.1:1', '10.0.0.2:1', '10.0.0.1:11', '10.0.0.1:12345'].map((peer) => ({
    listener: 'in',
    peer,
  }))
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
      const message = messageOf(reader, body, below(100))
      message.origin = clients[below(10) === 0 ? below(clients.length) : 0] ?? NOBODY
      if (below(10) === 0) message.kind = 'oneway'
      if (below(20) === 0) message.idText = 'abc'
      if (below(20) === 0) message.problem = 'why'
      message.status = below(3)
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
    const [only] = messages
    if (only !== undefined && messages.length === 1)
      expect(shown(writer, only, round, reads)).toBe(shown(new BlockWriter(), only, round, reads))
    else expect(written(writer, messages, reads)).toBe(written(new BlockWriter(), messages, reads))
  }
})
