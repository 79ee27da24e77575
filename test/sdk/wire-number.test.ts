/** Numbers on the wire: what is written is read again, at every width, in both orders. */
import { describe, expect, it } from 'vitest'
import {
  readHigh,
  readLow,
  readNumber,
  varintBytes,
  varintHigh,
  varintLow,
  varintSize,
  writeHalves,
  writeNumber,
} from '../../sdk/wire-number.ts'

describe('numbers of fixed width', () => {
  it.each([1, 2, 3, 4, 8])('of %i bytes are the same in both orders', (width) => {
    for (const little of [false, true]) {
      const bytes = Buffer.alloc(10)
      const value = 2 ** Math.min(53, width * 8) - 2
      writeNumber(bytes, 1, { width, little }, value)
      expect(readNumber(bytes, 1, width, little)).toBe(value)
      const order = Buffer.from(bytes.subarray(1, 1 + width))
      expect((little ? order.reverse() : order).toString('hex')).toBe(
        value.toString(16).padStart(width * 2, '0'),
      )
    }
  })

  it('of 64 bits are exact in two halves', () => {
    const bytes = Buffer.alloc(8)
    writeHalves(bytes, 0, { width: 8, little: true }, 0xffff_ffff, 0xffff_fffe)
    expect(bytes.toString('hex')).toBe('feffffffffffffff')
    expect([readHigh(bytes, 0, 8, true), readLow(bytes, 0, 8, true)]).toEqual([0xffff_ffff, 0xffff_fffe])
  })
})

describe('variable numbers', () => {
  it.each([
    [0, 0, '00'],
    [0, 127, '7f'],
    [0, 128, '8001'],
    [0, 300, 'ac02'],
    [0, 0xffff_ffff, 'ffffffff0f'],
    [1, 0, '8080808010'],
    [0xffff_ffff, 0xffff_ffff, 'ffffffffffffffffff01'],
  ])('of the halves %i and %i are %s', (high, low, hex) => {
    const bytes = varintBytes(high, low)
    expect(bytes.toString('hex')).toBe(hex)
    expect(varintSize(bytes, 0, bytes.length)).toBe(bytes.length)
    expect([varintHigh(bytes, 0, bytes.length), varintLow(bytes, 0, bytes.length)]).toEqual([high, low])
    for (let end = 0; end < bytes.length; end++) expect(varintSize(bytes, 0, end)).toBe(0)
  })

  it.each(['ffffffffffffffffff02', 'ffffffffffffffffffff01', '8080808080808080808080'])(
    '%s is none of 64 bits',
    (hex) => {
      const bytes = Buffer.from(hex, 'hex')
      expect(varintSize(bytes, 0, bytes.length)).toBe(-1)
    },
  )
})
