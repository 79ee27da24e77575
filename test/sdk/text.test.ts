/** Strings and bytes of the guest ABI. */
import { describe, expect, it } from 'vitest'
import { readText, textBytes } from '../../sdk/abi/text.ts'
import { seededRandom } from '../seeded-random.ts'

function back(bytes: Buffer): Buffer {
  return textBytes(readText(bytes, 0, bytes.length))
}

describe('text', () => {
  it.each(['', 'a\0b', 'é€😀', 'x'.repeat(500), 'é'.repeat(500), '\u07ff\u0800\uffff'])(
    '%j is UTF-8',
    (text) => {
      expect(textBytes(text)).toEqual(Buffer.from(text))
      expect(readText(Buffer.from(text), 0, Buffer.byteLength(text))).toBe(text)
    },
  )

  it.each(['ff', '80', 'c3', 'c328', 'eda080', 'eda080edb080', 'f4908080', 'f09f98', 'c080', '61ff62e282'])(
    'the bytes %s come back',
    (hex) => {
      expect(back(Buffer.from(hex, 'hex')).toString('hex')).toBe(hex)
      const long = Buffer.concat([Buffer.alloc(200, 0x61), Buffer.from(hex, 'hex')])
      expect(back(long)).toEqual(long)
    },
  )

  it('brings back any bytes', () => {
    const random = seededRandom(3)
    for (let round = 0; round < 5_000; round++) {
      const bytes = Buffer.from(
        Array.from({ length: 1 + Math.floor(random() * 12) }, () => 0x70 + Math.floor(random() * 0x90)),
      )
      expect(back(bytes)).toEqual(bytes)
    }
  })

  it('writes other lone surrogates as three bytes', () => {
    expect(textBytes('\ud800').toString('hex')).toBe('eda080')
    expect(textBytes(`\ud800${'a'.repeat(200)}`).toString('hex')).toBe(`eda080${'61'.repeat(200)}`)
  })
})
