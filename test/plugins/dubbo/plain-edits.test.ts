/** Changes written in one pass, held against the same changes planned first: other code, the same bytes. */
import { expect, test } from 'vitest'
import { planEdits } from '../../../plugins/dubbo/edits.ts'
import { PlainEdits } from '../../../plugins/dubbo/plain-edits.ts'
import { ByteWriter, type Edit, type Message, Mutation } from '../../../sdk/index.ts'
import { Hessian2Values } from '../../fuzz/hessian2-values.ts'
import { seededRandom } from '../../seeded-random.ts'
import { codec, decodeOne, encoded, frame, map, requestBody, string } from './wire.ts'

const KEYS = [
  'path',
  'version',
  'group',
  'timeout',
  'x',
  'y',
  '',
  'k'.repeat(40),
  'é',
  'attachment.x',
] as const
const TEXTS = [
  '',
  'blue',
  'v'.repeat(31),
  'w'.repeat(32),
  'u'.repeat(300),
  'größe',
  '\u{1f600}',
  '\0',
] as const
const OPS = ['set', 'add', 'remove'] as const
const HEADER_BYTES = 16

function below(random: () => number, limit: number): number {
  return Math.floor(random() * limit)
}

function pick<Value>(random: () => number, values: readonly Value[]): Value {
  const value = values[below(random, values.length)]
  if (value === undefined) throw new Error('nothing to pick from')
  return value
}

/** A frame whose attachments are mostly plain: a few of a few keys, some of them twice, a few not in ASCII. */
function frameOf(random: () => number): Buffer {
  if (below(random, 3) === 0) {
    const values = new Hessian2Values((limit) => below(random, limit))
    return below(random, 2) === 0
      ? frame(values.request())
      : frame(values.reply(), { flag: 0x02, status: 20 })
  }
  const entries = Array.from({ length: below(random, 7) }, () => {
    const key = pick(random, KEYS.slice(0, 8))
    return [key, below(random, 8) === 0 ? Buffer.from('N') : pick(random, TEXTS.slice(0, 5))] as const
  })
  const attachments = below(random, 20) === 0 ? Buffer.from('N') : map(entries)
  const behind = Buffer.from(below(random, 10) === 0 ? 'NN' : '')
  if (below(random, 3) > 0) return frame(requestBody([string('arg')], Buffer.concat([attachments, behind])))
  const value = below(random, 2) === 0 ? [Buffer.from([0x94]), string('value')] : [Buffer.from([0x95])]
  return frame(Buffer.concat([...value, attachments, behind]), { flag: 0x02, status: 20 })
}

function editsOf(random: () => number): Edit[] {
  return Array.from({ length: 1 + below(random, 6) }, () => {
    const op = pick(random, OPS)
    const [key, value] = [pick(random, KEYS), pick(random, TEXTS)]
    return { op, key, value: op === 'remove' ? '' : value }
  })
}

/** The body that a plan makes, or its problem. */
function planned(message: Message, edits: readonly Edit[]): string {
  const format = codec.reader.formatOf(message)
  const plan = format === undefined ? 'no format' : planEdits(message, format, edits)
  if (typeof plan === 'string') return plan
  const out = new ByteWriter()
  plan.write(out, message.bytes)
  return out.toBuffer().toString('hex')
}

function written(message: Message, edits: readonly Edit[]): string {
  const mutation = new Mutation()
  for (const { op, key, value } of edits) {
    if (op === 'remove') mutation.remove(key)
    else mutation[op](key, value)
  }
  message.mutation = mutation
  const out = new ByteWriter()
  const problem = codec.encode(message, 1, 2, out)
  if (problem !== undefined) return problem
  const bytes = out.toBuffer()
  expect(bytes.readUInt32BE(12)).toBe(bytes.length - HEADER_BYTES)
  expect(bytes.readBigUInt64BE(4)).toBe(0x1_0000_0002n)
  return bytes.subarray(HEADER_BYTES).toString('hex')
}

test('any edits of any body come to the bytes that a plan makes of them', () => {
  const random = seededRandom(20)
  const ways = new PlainEdits(codec.reader.view)
  let inOnePass = 0
  for (let round = 0; round < 4_000; round++) {
    const bytes = frameOf(random)
    const edits = editsOf(random)
    // Some are read before, as filters do.
    const message = decodeOne(bytes)
    if (below(random, 2) === 0) message.get(pick(random, KEYS))
    const plain = codec.reader.plain(message)
    if (plain !== undefined && ways.write(message, plain, edits, new ByteWriter()) >= 0) inOnePass++
    const context = `${bytes.toString('hex')} ${JSON.stringify(edits)}`
    expect(written(message, edits), context).toBe(planned(decodeOne(bytes), edits))
  }
  expect(inOnePass).toBeGreaterThan(1_000)
})

test('a value that has a place is read as what stands there, and one that is absent not at all', () => {
  const random = seededRandom(21)
  const place = { start: 0, end: 0 }
  const found = { here: 0, absent: 0, elsewhere: 0 }
  for (let round = 0; round < 2_000; round++) {
    const message = decodeOne(frameOf(random))
    for (const key of [...KEYS, 'method', 'interface', 'dubbo', 'status']) {
      const answer = codec.reader.place(message, key, place)
      found[answer]++
      const value = codec.reader.get(message, key)
      if (answer === 'here') expect(value).toBe(message.bytes.toString('utf8', place.start, place.end))
      else if (answer === 'absent') expect(value).toBeUndefined()
    }
  }
  expect(Math.min(found.here, found.absent, found.elsewhere)).toBeGreaterThan(1_000)
})

test('messages that are read in turn do not take each other for the one read last', () => {
  const [one, two] = ['one', 'two'].map((value) =>
    decodeOne(
      frame(
        requestBody(
          [],
          map([
            ['group', value],
            ['x', 'y'],
          ]),
        ),
      ),
    ),
  )
  if (one === undefined || two === undefined) throw new Error('two messages')
  for (let round = 0; round < 3; round++) {
    expect(one.get('group')).toBe('one')
    expect(two.get('group')).toBe('two')
  }
  one.mutation = new Mutation()
  one.mutation.set('group', 'three')
  expect(two.get('x')).toBe('y')
  const again = decodeOne(encoded(one))
  expect([again.get('group'), again.get('x')]).toEqual(['three', 'y'])
})

test('edits that come again come to the bytes of a plan, whatever messages they come for', () => {
  const random = seededRandom(22)
  const lists = Array.from({ length: 6 }, () => editsOf(random))
  const added = ['red', 'green'].map((value) =>
    ['p', 'q', 'r'].map((key) => ({ op: 'set', key, value }) as const),
  )
  for (let round = 0; round < 600; round++) {
    const edits = pick(random, [...lists, ...added, added[0]?.slice(1) ?? [], editsOf(random)])
    for (let again = below(random, 6); again >= 0; again--) {
      const bytes = frameOf(random)
      const context = `${bytes.toString('hex')} ${JSON.stringify(edits)}`
      expect(written(decodeOne(bytes), edits), context).toBe(planned(decodeOne(bytes), edits))
    }
  }
})

test('edits that are nearly those that came before are not taken for them', () => {
  const bytes = frame(requestBody([], map([['group', 'blue']])))
  const first = { op: 'set', key: 'p', value: '' } as const
  const second = { op: 'set', key: 'q', value: 'b' } as const
  const lists: readonly Edit[][] = [
    [first, second],
    [first],
    [{ ...first, op: 'remove' }],
    [first, { ...second, value: 'c' }],
    [first, { ...second, key: 'r' }],
    [second, first],
    [first, second, { ...first, key: 'r' }],
  ]
  for (const before of lists) {
    for (const edits of lists) {
      for (let again = 0; again < 3; again++) written(decodeOne(bytes), before)
      expect(written(decodeOne(bytes), edits)).toBe(planned(decodeOne(bytes), edits))
    }
  }
})

test('a key is written with the value it was set to, whether that came before or not', () => {
  const bytes = frame(requestBody([], map([['group', 'blue']])))
  const said = [
    'a',
    'a',
    'a',
    'b',
    'a',
    '',
    '',
    '',
    'w'.repeat(300),
    'w'.repeat(300),
    'größe',
    'größe',
    'größe',
    'a',
  ]
  for (const value of said) {
    const message = decodeOne(bytes)
    message.mutation = new Mutation()
    message.mutation.set('tag', value)
    message.mutation.set('group', value)
    const changed = decodeOne(encoded(message))
    expect([changed.get('tag'), changed.get('group')]).toEqual([value, value])
  }
})

test('keys that look alike to whoever looks for them are told apart', () => {
  // Equal in the sum of their size and their last byte, and in both.
  const keys = ['x-tag-1', 'x-ta-2', 'x-tog-1', 'tag-1', 'd3', 'e1']
  for (const there of keys) {
    const message = decodeOne(frame(requestBody([], map([[there, 'there']]))))
    expect(keys.filter((key) => message.get(key) !== undefined)).toEqual([there])
    message.mutation = new Mutation()
    for (const key of keys) message.mutation.set(key, `new ${key}`)
    const changed = decodeOne(encoded(message))
    expect(keys.map((key) => changed.getAll(key))).toEqual(keys.map((key) => [`new ${key}`]))
  }
})
