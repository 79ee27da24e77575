/** Attachments that come again: what is recognized is read and written like what nobody has seen before. */
import { expect, test } from 'vitest'
import { BlockWriter } from '../../../core/guest/block.ts'
import type { Reads } from '../../../core/guest/declaration.ts'
import { DubboCodec } from '../../../plugins/dubbo/codec.ts'
import { ComparedBytes } from '../../../plugins/dubbo/compared-bytes.ts'
import { abi } from '../../../sdk/abi/abi.ts'
import { ByteWriter, type Message, Mutation } from '../../../sdk/index.ts'
import { seededRandom } from '../../seeded-random.ts'
import { decodeOne, frame, map, requestBody, string } from './wire.ts'

const READS: Reads = {
  keys: ['x', 'group', 'method', 'absent'],
  allKeys: false,
  body: false,
  operation: false,
}
const HEADER_BYTES = 16

function request(entries: readonly (readonly [string, string])[], method = 'sayHello'): Buffer {
  return frame(requestBody([string('arg')], map(entries), method))
}

function textOf(message: Message): string {
  const values = message.keys().map((key) => [key, message.getAll(key)])
  return JSON.stringify([values, message.problem, READS.keys.map((key) => message.get(key))])
}

/** The message with an attachment more, without its id. */
function changed(codec: DubboCodec, message: Message): string {
  const mutation = new Mutation()
  mutation.set('x', 'new')
  message.mutation = mutation
  const out = new ByteWriter()
  expect(codec.encode(message, 0, 0, out)).toBe(undefined)
  return out.toBuffer().toString('hex')
}

function grouped(): Mutation {
  const mutation = new Mutation()
  mutation.set('group', 'other')
  return mutation
}

function block(writer: BlockWriter, message: Message, reads: Reads = READS): string {
  writer.begin(abi.phase.request, { nowMs: 0, wallMs: 0 })
  writer.message(message, 1, reads)
  writer.finish()
  return writer.bytes.toString('hex', 0, writer.size)
}

test('a map that is like a known one but for one bit is not taken for it', () => {
  const whole = request([
    ['x', 'blue\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0green'],
    ['group', 'canary'],
    ['path', 'org.example.Demo'],
  ])
  const known = new DubboCodec()
  for (let i = 0; i < 3; i++) block(new BlockWriter(), decodeOne(whole, known))
  for (let bit = HEADER_BYTES * 8; bit < whole.length * 8; bit++) {
    const bytes = Buffer.from(whole)
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    const [again, fresh] = [decodeOne(bytes, known), decodeOne(bytes, new DubboCodec())]
    const where = bytes.toString('hex')
    expect(block(new BlockWriter(), again), where).toBe(block(new BlockWriter(), fresh))
    expect(textOf(again), where).toBe(textOf(fresh))
    block(new BlockWriter(), decodeOne(whole, known))
  }
})

test('messages in any order are told and written as if each were the first', () => {
  const random = seededRandom(31)
  const below = (limit: number) => Math.floor(random() * limit)
  const pick = (values: readonly string[]) => values[below(values.length)] ?? ''
  const frames = Array.from({ length: 40 }, () => {
    const entries = Array.from(
      { length: below(6) },
      () => [pick(['x', 'group', 'path', 'y']), pick(['a', 'blue', '', 'v'.repeat(40)])] as const,
    )
    return request(entries, pick(['sayHello', 'sayNever']))
  })
  const codec = new DubboCodec()
  const writer = new BlockWriter()
  for (let round = 0; round < 4_000; round++) {
    // Mostly one of a few, so that they come again.
    const bytes = frames[below(below(3) === 0 ? frames.length : 4)] ?? Buffer.alloc(0)
    const [message, fresh] = [decodeOne(bytes, codec), decodeOne(bytes, new DubboCodec())]
    if (below(4) === 0) for (const each of [message, fresh]) each.mutation = grouped()
    expect(block(writer, message), bytes.toString('hex')).toBe(block(new BlockWriter(), fresh))
    expect(changed(codec, message), bytes.toString('hex')).toBe(changed(new DubboCodec(), fresh))
  }
})

test('messages of which several are read before the first is written are written as if each were the first', () => {
  const random = seededRandom(37)
  const below = (limit: number) => Math.floor(random() * limit)
  const frames = Array.from({ length: 30 }, (_, place) =>
    request(
      Array.from(
        { length: place % 5 === 4 ? 70 : below(5) },
        (_, entry) => [`k${entry}`, `v${below(3)}${'w'.repeat(place)}`] as const,
      ),
    ),
  )
  const codec = new DubboCodec()
  // From here on hardly any map that is new is kept.
  for (let i = 0; i < 2_000; i++) decodeOne(request([['trace', `${i}`.padStart(20)]]), codec).get('trace')
  const writer = new BlockWriter()
  for (let round = 0; round < 120; round++) {
    // More than are remembered, now and then; some known, some new, some with too many entries, some that nobody reads.
    const batch = Array.from({ length: 1 + below(below(2) === 0 ? 60 : 20) }, () => {
      const trace = below(4) === 0 ? [['trace', `${round}-${below(1_000_000)}`] as const] : undefined
      const bytes = trace === undefined ? (frames[below(frames.length)] ?? Buffer.alloc(0)) : request(trace)
      return { bytes, message: decodeOne(bytes, codec) }
    })
    for (const { bytes, message } of batch) {
      if (below(10) === 0) continue
      const fresh = decodeOne(bytes, new DubboCodec())
      expect(block(writer, message)).toBe(block(new BlockWriter(), fresh))
    }
    for (const { bytes, message } of batch) {
      const other = new DubboCodec()
      const fresh = decodeOne(bytes, other)
      if (below(2) === 0) expect(message.get('trace')).toBe(fresh.get('trace'))
      expect(changed(codec, message), bytes.toString('hex')).toBe(changed(other, fresh))
    }
  }
})

test('what a message is known by is the same for messages of the same values, and for no others', () => {
  const codec = new DubboCodec()
  const entries = [
    ['x', 'blue'],
    ['group', 'canary'],
  ] as const
  const knownBy = (bytes: Buffer, keys = READS.keys) => codec.reader.knownBy(decodeOne(bytes, codec), keys)
  const first = knownBy(request(entries))
  expect(first).toBeDefined()
  expect(knownBy(request(entries))).toBe(first)
  expect(knownBy(request(entries, 'sayNever'))).not.toBe(first)
  expect(
    knownBy(
      request([
        ['x', 'blue'],
        ['group', 'canarz'],
      ]),
    ),
  ).not.toBe(first)
  expect(knownBy(request(entries))).toBe(first)
  // Whoever reads nothing but the head does not care for attachments.
  const head = knownBy(request(entries), ['method'])
  expect(knownBy(request([]), ['method'])).toBe(head)
  expect(knownBy(request([], 'sayNever'), ['method'])).not.toBe(head)
})

test('maps that never come again are not kept for long, and those that do are known even so', () => {
  const codec = new DubboCodec()
  const known = (trace: string) =>
    codec.reader.knownBy(decodeOne(request([['trace', trace]]), codec), READS.keys) !== undefined
  const times = (count: number, trace: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => known(trace(i))).filter(Boolean).length
  expect(times(2_000, (i) => `${i}-${'t'.repeat(20)}`)).toBeLessThan(500)
  expect(times(1_000, () => 't'.repeat(20))).toBeGreaterThan(700)
})

test('bytes are compared bit by bit, also where they look like zeros with a sign or like no number', () => {
  const patterns = [
    '0000000000000000',
    '0000000000000080',
    '000000000000f87f',
    'ffffffffffffffff',
    '6162636465666768',
  ]
  for (const pattern of patterns) {
    for (const size of [0, 1, 7, 8, 9, 16, 21]) {
      const bytes = Buffer.alloc(size, pattern, 'hex')
      const compared = new ComparedBytes(Uint8Array.prototype.slice.call(bytes))
      for (let bit = -1; bit < size * 8; bit++) {
        const other = Buffer.concat([Buffer.from('..'), bytes, Buffer.from('..')])
        if (bit >= 0) other[2 + (bit >> 3)] = (other[2 + (bit >> 3)] ?? 0) ^ (1 << (bit & 7))
        const view = new DataView(other.buffer, other.byteOffset, other.length)
        expect(compared.standAt(view, 2), `${pattern} ${size} ${bit}`).toBe(bit < 0)
      }
    }
  }
})

test('whoever reads nothing of a body is not told what is wrong with it', () => {
  const broken = frame(Buffer.from('no hessian'))
  for (const keys of [[], ['serialization']]) {
    const message = decodeOne(broken, new DubboCodec())
    block(new BlockWriter(), message, { ...READS, keys })
    expect(message.problem).toBeUndefined()
  }
})
