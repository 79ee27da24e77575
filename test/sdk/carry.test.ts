import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { Carry } from '../../sdk/index.ts'

function numbered(size: number): Buffer {
  return Buffer.from(Array.from({ length: size }, (_, index) => (index * 7) & 0xff))
}

/** Holds a frame that arrives in pieces of one size, wanting its header of 16 bytes first. */
function carried(frame: Buffer, pieceSize: number): { readonly taken: Buffer; readonly headers: string[] } {
  const carry = new Carry()
  const headers: string[] = []
  for (let at = 0; at < frame.length; at += pieceSize) {
    const chunk = frame.subarray(at, at + pieceSize)
    let used = 0
    if (carry.size === 0) {
      carry.start(chunk, 0, chunk.length < 16 ? 16 : frame.length)
      used = chunk.length
    } else used = carry.fill(chunk, 0)
    if (carry.wanted === 16 && carry.size === 16) {
      headers.push(carry.buffer.toString('hex', 0, 16))
      carry.wanted = frame.length
      used = carry.fill(chunk, used)
    }
    expect(used).toBe(chunk.length)
  }
  expect(carry.size).toBe(frame.length)
  return { taken: carry.take().subarray(0, frame.length), headers }
}

test.each([20, 300, 16_384, 70_000])('a frame of %i bytes is whole again from pieces of any size', (size) => {
  const frame = numbered(size)
  for (const pieceSize of [1, 5, 15, 16, 17, 1_000, 65_536]) {
    const { taken, headers } = carried(frame, Math.min(pieceSize, size - 1))
    expect(taken.equals(frame)).toBe(true)
    for (const header of headers) expect(header).toBe(frame.toString('hex', 0, 16))
  }
})

test('fill() leaves what belongs to the next frame', () => {
  const carry = new Carry()
  carry.start(Buffer.from('ab'), 0, 4)
  expect(carry.fill(Buffer.from('cdefgh'), 0)).toBe(2)
  expect(carry.take().toString()).toBe('abcd')
  expect(carry.size).toBe(0)
})

test('a large claim reserves no memory before the bytes are there', () => {
  const carry = new Carry()
  carry.start(Buffer.from('x'), 0, 16)
  carry.wanted = 8_388_608
  expect(carry.buffer.length).toBeLessThanOrEqual(512)
})

test('a frame that comes byte by byte takes little more than its bytes', () => {
  const chunksCount = 200_000
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  const carry = new Carry()
  collect()
  const before = held()
  carry.start(Buffer.alloc(1), 0, 1_000_000)
  for (let n = 1; n < chunksCount; n++) carry.fill(Buffer.allocUnsafeSlow(1), 0)
  collect()
  expect(held() - before).toBeLessThan(10 * chunksCount)
  expect(carry.size).toBe(chunksCount)
})

test.each([1, 700, 1_023, 1_024, 3_000])('small and large pieces of %i bytes keep their order', (small) => {
  const frame = numbered(200_000)
  const carry = new Carry()
  const first = frame.subarray(0, 100)
  carry.start(first, 0, frame.length)
  for (let at = 100, turn = 0; at < frame.length; turn++) {
    const chunk = frame.subarray(at, at + (turn % 3 === 2 ? 5_000 : small))
    at += carry.fill(chunk, 0)
  }
  expect(carry.take().equals(frame)).toBe(true)
  expect(carry.size).toBe(0)
})

function held(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
