/** What known attachments came to with certain edits, held against a codec that has seen nothing before. */
import { expect, test } from 'vitest'
import { DubboCodec } from '../../../plugins/dubbo/codec.ts'
import { KNOWN_TAIL_BYTES_MAX, KNOWN_TAIL_MISSES_MAX } from '../../../plugins/dubbo/limits.ts'
import { ByteWriter, type Edit, Mutation } from '../../../sdk/index.ts'
import { seededRandom } from '../../seeded-random.ts'
import { decodeOne, frame, map, requestBody, string } from './wire.ts'

const set = (key: string, value: string): Edit => ({ op: 'set', key, value })
const TAGGED: readonly Edit[] = [set('x-tag', 'blue'), set('group', 'canary')]
const ENTRIES = [
  ['group', 'blue'],
  ['path', 'org.example.Demo'],
] as const
const REPLY = { flag: 0x02, status: 20 }

function request(entries: readonly (readonly [string, string])[] = ENTRIES, method = 'sayHello'): Buffer {
  return frame(requestBody([string('an argument')], map(entries), method))
}

/** What leaves under an id, or why nothing does. */
function written(codec: DubboCodec, bytes: Buffer, edits: readonly Edit[], out = new ByteWriter()): string {
  const message = decodeOne(bytes, codec)
  message.mutation = new Mutation()
  for (const edit of edits) message.mutation.repeat({ ...edit })
  return codec.encode(message, 7, 8, out) ?? out.toBuffer().toString('hex')
}

/** What the attachments of these bytes are known to have come to. */
function tailOf(codec: DubboCodec, bytes: Buffer): string | undefined {
  const tail = codec.reader.plain(decodeOne(bytes, codec))?.tail
  return tail === undefined ? undefined : Buffer.from(tail.bytes).toString('hex')
}

/** A codec to which these edits of these bytes are known. */
function knowing(bytes: Buffer, edits: readonly Edit[] = TAGGED): DubboCodec {
  const codec = new DubboCodec()
  for (let i = 0; i < edits.length + 2; i++) written(codec, bytes, edits)
  expect(tailOf(codec, bytes)).toBeDefined()
  return codec
}

test('what edits that come again make of attachments that come again is known, to the end of the frame', () => {
  const bytes = request()
  const codec = knowing(bytes)
  const fresh = written(new DubboCodec(), bytes, TAGGED)
  expect(fresh.endsWith(tailOf(codec, bytes) ?? 'none')).toBe(true)
  expect(written(codec, bytes, TAGGED)).toBe(fresh)
})

test('a frame that is like one whose end is known but for one bit is written as if it were the first', () => {
  for (const whole of [request(), frame(Buffer.concat([Buffer.from([0x95]), map(ENTRIES)]), REPLY)]) {
    const codec = knowing(whole)
    for (let bit = 16; bit < whole.length * 8; bit++) {
      const bytes = Buffer.from(whole)
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      // The size of the body: there is not one frame then.
      if (bit >> 3 >= 12 && bit >> 3 < 16) continue
      expect(written(codec, bytes, TAGGED), `${bit}`).toBe(written(new DubboCodec(), bytes, TAGGED))
      expect(written(codec, whole, TAGGED)).toBe(written(new DubboCodec(), whole, TAGGED))
    }
  }
})

test('edits that are nearly those whose end is known are not taken for them', () => {
  const [first, second] = [set('x-tag', 'blue'), set('group', 'canary')]
  const lists: readonly (readonly Edit[])[] = [
    TAGGED,
    [second, first],
    [first],
    [first, second, second],
    [{ ...first, op: 'add' }, second],
    [first, { ...second, op: 'add' }],
    [first, { op: 'remove', key: 'group', value: '' }],
    [first, { ...second, value: 'canarz' }],
    [{ ...first, key: 'x-tah' }, second],
    [first, { ...second, value: '' }],
    [set('interface', 'other'), second],
    [set('attachment.group', 'other')],
  ]
  const bytes = request()
  for (const before of lists.slice(0, 8)) {
    const codec = knowing(bytes, before)
    for (const edits of lists)
      expect(written(codec, bytes, edits)).toBe(written(new DubboCodec(), bytes, edits))
  }
})

test('the same edits of other attachments, methods and replies come to their own ends', () => {
  const codec = knowing(request())
  const body = map(ENTRIES)
  const argument = string('an argument')
  const behind = (bytes: string) =>
    Buffer.concat([requestBody([argument], body, 'sayHello'), Buffer.from(bytes)])
  const others = [
    request(ENTRIES, 'sayNever'),
    request([...ENTRIES, ['x-tag', 'red']]),
    request([['group', 'blue']]),
    frame(requestBody([Buffer.from('\x05größe')], body, 'sayHello')),
    frame(requestBody([string('a'.repeat(900))], body, 'sayHello')),
    frame(requestBody([argument], body, 'sayHello'), { flag: 0x82 }),
    frame(requestBody([], body, 'sayHello')),
    frame(Buffer.concat([Buffer.from([0x95]), body]), REPLY),
    frame(Buffer.concat([Buffer.from([0x94]), string('value'), body]), REPLY),
    frame(behind('N')),
    frame(behind('NN')),
    frame(behind(''), { flag: 0xd7 }),
    frame(string('an error'), { flag: 0x02, status: 70 }),
  ]
  for (let round = 0; round < 4; round++) {
    for (const bytes of [...others, request()])
      expect(written(codec, bytes, TAGGED)).toBe(written(new DubboCodec(), bytes, TAGGED))
  }
})

test('messages in any order with edits in any order are written as if each were the first', () => {
  const random = seededRandom(41)
  const below = (limit: number) => Math.floor(random() * limit)
  const pick = <Value>(values: readonly Value[], otherwise: Value) =>
    values[below(values.length)] ?? otherwise
  const ops = ['set', 'add', 'remove'] as const
  const editsOf = () =>
    Array.from({ length: 1 + below(3) }, () => {
      const op = pick(ops, 'set')
      const value = op === 'remove' ? '' : pick(['a', 'blue', '', 'v'.repeat(300)], '')
      return { op, key: pick(['x', 'group', 'path', 'y'], ''), value }
    })
  const frames = Array.from({ length: 12 }, () => {
    const entries = Array.from(
      { length: below(5) },
      () => [pick(['x', 'group', 'z'], ''), 'value of one'] as const,
    )
    const behind = Buffer.from('N'.repeat(below(4) === 0 ? 1 : 0))
    const argument = string('a'.repeat(pick([0, 3, 40, 700], 0)))
    return frame(Buffer.concat([requestBody([argument], map(entries), pick(['one', 'two'], '')), behind]))
  })
  const lists = Array.from({ length: 5 }, editsOf)
  const codec = new DubboCodec()
  const writers = Array.from({ length: 3 }, () => new ByteWriter(Buffer.alloc(8_192)))
  let known = 0
  for (let round = 0; round < 1_500; round++) {
    const edits = below(10) === 0 ? editsOf() : pick(lists, [])
    for (let again = below(5); again >= 0; again--) {
      const bytes = pick(frames, Buffer.alloc(0))
      if (tailOf(codec, bytes) !== undefined) known++
      const where = `${bytes.toString('hex')} ${JSON.stringify(edits)}`
      const out = pick(writers, new ByteWriter())
      // Behind others in a batch, whose buffer is another one now and then.
      out.u8(below(256))
      const before = out.toBuffer().length
      if (below(20) === 0) out.replaceBuffer(Buffer.alloc(below(2) === 0 ? 100 : 8_192))
      expect(before).toBe(1)
      expect(written(codec, bytes, edits, out), where).toBe(written(new DubboCodec(), bytes, edits))
    }
  }
  expect(known).toBeGreaterThan(1_000)
})

test('several messages in one batch lie behind each other, also where it grows', () => {
  const bytes = request()
  const codec = knowing(bytes)
  const out = new ByteWriter(Buffer.alloc(1_000))
  const count = 40
  for (let i = 0; i < count; i++) {
    const message = decodeOne(bytes, codec)
    message.mutation = new Mutation()
    for (const edit of TAGGED) message.mutation.repeat(edit)
    codec.encode(message, 7, 8, out)
  }
  expect(out.toBuffer().toString('hex')).toBe(written(new DubboCodec(), bytes, TAGGED).repeat(count))
})

test('what stands behind the attachments is neither lost nor kept', () => {
  const whole = (behind: string) => frame(Buffer.concat([requestBody([], map(ENTRIES)), Buffer.from(behind)]))
  for (const before of ['', 'N', 'NN']) {
    const codec = new DubboCodec()
    for (let i = 0; i < 6; i++) written(codec, whole(before), TAGGED)
    for (const behind of ['', 'N', 'NN'])
      expect(written(codec, whole(behind), TAGGED)).toBe(written(new DubboCodec(), whole(behind), TAGGED))
  }
})

test('edits that are recorded later for a message that was written are no part of what is known', () => {
  const bytes = request()
  const codec = new DubboCodec()
  for (let i = 0; i < 3; i++) {
    const message = decodeOne(bytes, codec)
    message.mutation = new Mutation()
    message.mutation.set('x-tag', 'blue')
    codec.encode(message, 7, 8, new ByteWriter())
    message.mutation.set('y', 'later')
  }
  for (const edits of [[set('x-tag', 'blue')], [set('x-tag', 'blue'), set('y', 'later')]])
    expect(written(codec, bytes, edits)).toBe(written(new DubboCodec(), bytes, edits))
})

test('an end that is too long is not kept, nor are edits whose texts are', () => {
  const bytes = request()
  const long = Array.from({ length: Math.ceil(KNOWN_TAIL_BYTES_MAX / 500) }, (_, i) =>
    set(`k${i}`, String(i).repeat(500)),
  )
  const superseded = [...long.map(({ value }) => set('x', value)), set('x', 'short')]
  const large = request([['group', 'w'.repeat(800)]])
  for (const [whole, edits] of [
    [bytes, long],
    [bytes, superseded],
    [large, long.slice(0, -1)],
  ] as const) {
    const codec = new DubboCodec()
    for (let i = 0; i < edits.length + 4; i++)
      expect(written(codec, whole, edits)).toBe(written(new DubboCodec(), whole, edits))
    expect(tailOf(codec, whole)).toBeUndefined()
  }
})

test('other edits take the place of those that are known once they have come again often enough, and no sooner', () => {
  const bytes = request()
  const codec = knowing(bytes)
  const before = tailOf(codec, bytes)
  const others = [set('x-tag', 'green')]
  for (let i = 0; i < KNOWN_TAIL_MISSES_MAX; i++) written(codec, bytes, others)
  expect(tailOf(codec, bytes)).toBe(before)
  for (let i = 0; i < 3; i++) written(codec, bytes, others)
  expect(written(codec, bytes, others).endsWith(tailOf(codec, bytes) ?? 'none')).toBe(true)
})
