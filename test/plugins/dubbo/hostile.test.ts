/** Bytes that nobody should send: every frame cut, flipped and mixed, and never a throw or a wrong length. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { exercise } from '../../fuzz/exercise.ts'
import { seededRandom } from '../../seeded-random.ts'
import { frames } from './frames.ts'
import { changed, decodeOne, encoded, Feed, frame, map, readAll, requestBody, string } from './wire.ts'

const short = frames.filter((recorded) => recorded.hex.length < 1200)
/** One of each shape: flipping every bit of all would say the same for longer. */
const varied = short.filter((recorded) =>
  /java33-(attach|types|echo|null|heart)|go33-(echo|heart)|fastjson2-|readonly|33badver/.test(recorded.name),
)

describe.each(short)('$name', (recorded) => {
  const bytes = Buffer.from(recorded.hex, 'hex')

  test('cut at each offset, with a length that says so, never throws and passes as it is', () => {
    for (let size = 16; size < bytes.length; size++) {
      const cut = Buffer.from(bytes.subarray(0, size))
      cut.writeUInt32BE(size - 16, 12)
      const message = decodeOne(cut)
      readAll(message)
      expect(encoded(message).equals(cut)).toBe(true)
    }
  })

  test('with a length field at its extremes, waits, refuses the frame or ends the connection', () => {
    for (const length of [
      0,
      1,
      bytes.length - 15,
      8_388_608,
      8_388_609,
      0x7fffffff,
      0x80000000,
      0xffffffff,
    ]) {
      const lying = Buffer.from(bytes)
      lying.writeUInt32BE(length, 12)
      const feed = new Feed().give(lying)
      if (length > 0x7fffffff) expect(feed.failure?.code).toBe('frame_size')
      else if (length > 8_388_608) expect(feed.refusals).toHaveLength(1)
      else if (length > bytes.length - 16) expect(feed.needed).toBe(length - (bytes.length - 16))
      else expect(feed.messages.length).toBeGreaterThan(0)
    }
  })
})

describe.each(varied)('$name', (recorded) => {
  test('with each of its bits flipped, never throws, and what it writes can be decoded', () => {
    for (let bit = 0; bit < recorded.hex.length * 4; bit++) {
      const flipped = Buffer.from(recorded.hex, 'hex')
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(exercise(flipped)).toBeUndefined()
    }
  })
})

test('bytes changed at random never throw', () => {
  const random = seededRandom(20_880)
  for (let round = 0; round < 2000; round++) {
    const recorded = short[Math.floor(random() * short.length)]
    const bytes = Buffer.from(recorded?.hex ?? '', 'hex')
    for (let change = 0; change <= random() * 4; change++) {
      bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
    }
    expect(exercise(bytes)).toBeUndefined()
  }
})

test('a service and a method may hold line breaks, NUL and 64 KiB', () => {
  const long = 'm'.repeat(1023)
  const body = Buffer.concat([
    string('2.0.2'),
    string('a\r\nb\0'),
    string(''),
    string(long),
    string(''),
    map([]),
  ])
  const message = decodeOne(frame(body))
  expect(message.get('interface')).toBe('a\r\nb\0')
  expect(message.operation).toBe(`a\r\nb\0/${long}`)
  const longer = decodeOne(
    encoded(changed(frame(body), (mutation) => mutation.set('method', 'x'.repeat(65_536)))),
  )
  expect(longer.get('method')).toBe('x'.repeat(65_536))
})

test('two requests of one id in flight are two messages', () => {
  const feed = new Feed().give(
    Buffer.concat([frame(requestBody([]), { id: 3n }), frame(requestBody([]), { id: 3n })]),
  )
  expect(feed.messages.map((message) => message.requestId)).toEqual(['3', '3'])
  expect(encoded(feed.messages[0] ?? decodeOne(Buffer.alloc(0)), 0, 7).readBigUInt64BE(4)).toBe(7n)
  expect(feed.messages[1]?.bytes.readBigUInt64BE((feed.messages[1]?.start ?? 0) + 4)).toBe(3n)
})

test('bytes behind the attachments stay where they are', () => {
  const bytes = frame(requestBody([], Buffer.concat([map([['k', 'v']]), Buffer.from('junk')])))
  expect(decodeOne(bytes).get('k')).toBe('v')
  const set = encoded(changed(bytes, (mutation) => mutation.set('k', 'w')))
  expect(set.equals(frame(requestBody([], Buffer.concat([map([['k', 'w']]), Buffer.from('junk')]))))).toBe(
    true,
  )
})

test('a flood of unknown heads does not hide the known ones', () => {
  const known = frame(requestBody([]))
  for (let i = 0; i < 20_000; i++) {
    const body = Buffer.concat([
      string('2.0.2'),
      string(`svc.${i}`),
      string(''),
      string(`m${i}`),
      string(''),
      map([]),
    ])
    expect(decodeOne(frame(body)).operation).toBe(`svc.${i}/m${i}`)
    if (i % 100 === 0) expect(decodeOne(known).operation).toBe('demo.Greet/greet')
  }
})

test('heads that differ in one byte are different heads', () => {
  for (let place = 0; place < 40; place++) {
    const name = `${'a'.repeat(place)}b${'a'.repeat(39 - place)}`
    const body = Buffer.concat([string('2.0.2'), string(name), string(''), string('m'), string(''), map([])])
    expect(decodeOne(frame(body)).get('interface')).toBe(name)
  }
})

const vectors = new URL('../../fuzz/vectors/', import.meta.url)
const found = readdirSync(vectors).filter((name) => name.endsWith('.hex'))

test.each([...found, 'none'])('what once failed in the fuzzer does no more: %s', (name) => {
  if (name === 'none') return
  const bytes = Buffer.from(readFileSync(new URL(name, vectors), 'utf8').trim(), 'hex')
  expect(exercise(bytes)).toBeUndefined()
})
