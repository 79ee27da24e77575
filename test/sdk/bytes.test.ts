import { expect, test } from 'vitest'
import { ByteWriter, copyBytes, i32, putU32, sameBytes, u16, u32 } from '../../sdk/index.ts'
import { seededRandom } from '../seeded-random.ts'

const LINKED = 5_000

function numbered(size: number, first = 0): Buffer {
  return Buffer.from(Array.from({ length: size }, (_, index) => (first + index) & 0xff))
}

test('a batch that outgrows its buffer behind a linked run keeps every byte in its place', () => {
  const out = new ByteWriter()
  const pieces = [numbered(1_000), numbered(LINKED, 7), numbered(3_000, 13), numbered(3_000, 29)]
  for (const piece of pieces) out.run(piece, 0, piece.length)
  expect(out.size).toBe(12_000)
  expect(out.toBuffer()).toEqual(Buffer.concat(pieces))
})

test('any order of pieces comes out as it went in', () => {
  const random = seededRandom(3)
  for (let round = 0; round < 300; round++) {
    const out = new ByteWriter(round % 2 === 0 ? undefined : Buffer.alloc(64))
    const expected: Buffer[] = []
    for (let i = 0; i < 30; i++) {
      const source = numbered(Math.floor(random() ** 3 * 9_000), i)
      const start = Math.floor(random() * source.length)
      expected.push(source.subarray(start))
      if (random() < 0.5) out.run(source, start, source.length)
      else out.copy(source, start, source.length)
      if (random() < 0.1) expected.splice(0, expected.length, Buffer.concat([...out.take()]))
      if (expected.length === 1 && out.size === 0) {
        const taken = expected[0] ?? Buffer.alloc(0)
        out.run(taken, 0, taken.length)
      }
    }
    expect(out.toBuffer().equals(Buffer.concat(expected))).toBe(true)
  }
})

test('runs that lie next to each other become one piece that shares the memory', () => {
  const out = new ByteWriter()
  const source = numbered(10_000)
  for (let at = 0; at < source.length; at += 100) out.run(source, at, at + 100)
  const pieces = out.take()
  expect(pieces).toHaveLength(1)
  expect(pieces[0]?.buffer).toBe(source.buffer)
})

test('what was taken is not overwritten by what comes after', () => {
  const out = new ByteWriter()
  out.utf8('first')
  const taken = out.take()
  out.utf8('second')
  expect(Buffer.concat(taken).toString()).toBe('first')
  expect(out.toBuffer().toString()).toBe('second')
})

test('truncate() forgets what came after an offset', () => {
  const out = new ByteWriter()
  out.u32(0xdabbc200)
  const at = out.reserve(0)
  out.utf8('half a message')
  out.truncate(at)
  expect(out.toBuffer().toString('hex')).toBe('dabbc200')
})

test('numbers are big endian and unsigned where they say so', () => {
  const bytes = Buffer.from('ffffffff80000001', 'hex')
  expect([u32(bytes, 0), i32(bytes, 0), u16(bytes, 4), i32(bytes, 4)]).toEqual([
    4294967295, -1, 32768, -2147483647,
  ])
  putU32(bytes, 4, 4294967295)
  expect(bytes.toString('hex')).toBe('ffffffffffffffff')
})

test('copyBytes() and sameBytes() agree for short and long ranges', () => {
  for (const size of [0, 1, 40, 41, 500]) {
    const source = numbered(size + 2)
    const target = Buffer.alloc(size + 4)
    copyBytes(source, 1, size + 1, target, 3)
    expect(sameBytes(target, 3, source.subarray(1, size + 1))).toBe(true)
  }
})

test('a batch that is one short run is taken without a copy, and the next begins empty', () => {
  const out = new ByteWriter()
  const source = Buffer.from('one two')
  out.run(source, 0, 3)
  out.run(source, 3, 7)
  const [piece] = out.take()
  expect(piece?.toString()).toBe('one two')
  expect(piece?.buffer).toBe(source.buffer)
  expect([out.size, out.take()]).toEqual([0, []])
  out.u8(0x61)
  out.run(source, 0, 3)
  expect(out.toBuffer().toString()).toBe('aone')
})
