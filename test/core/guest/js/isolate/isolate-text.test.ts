import { describe, expect, test } from 'vitest'
import { isolateText } from '../../../../../core/guest/js/isolate/isolate-text.ts'
import { readText, textBytes } from '../../../../../sdk/abi/text.ts'
import { seededRandom } from '../../../../seeded-random.ts'

const BYTES = [0x61, 0x62, 0x7f, 0x80, 0xc3, 0xa4, 0xff]

describe('a text inside of an isolate', () => {
  test('is what it is outside of it, whatever was read before in its place', () => {
    const random = seededRandom(7)
    const texts = isolateText()
    const bytes = Buffer.alloc(40)
    for (let round = 0; round < 5_000; round++) {
      const size = Math.floor(random() * 6)
      for (let i = 0; i < size; i++) bytes[i] = BYTES[Math.floor(random() * BYTES.length)] ?? 0
      expect(texts.read(bytes, 0, size)).toBe(readText(bytes, 0, size))
    }
  })

  test('is written as outside of it, whatever was written before in its place', () => {
    const random = seededRandom(8)
    const texts = isolateText()
    const units = ['a', 'b', '\u007f', 'ä', '€', '\ud83d\ude00', '\ud83d', '\udcff']
    const into = Buffer.alloc(64)
    for (let round = 0; round < 5_000; round++) {
      const count = Math.floor(random() * 6)
      const text = Array.from({ length: count }, () => units[Math.floor(random() * units.length)]).join('')
      const end = texts.write(text, into, 3)
      expect(into.subarray(3, end)).toEqual(textBytes(text))
    }
  })

  test('is read and written the same at the sizes around those that are remembered', () => {
    const texts = isolateText()
    const into = Buffer.alloc(200)
    for (let size = 0; size < 70; size++) {
      for (const letter of ['a', 'b', 'a']) {
        const text = letter.repeat(size)
        expect(texts.write(text, into, 0)).toBe(size)
        expect(texts.read(into, 0, size)).toBe(text)
        expect(texts.read(textBytes(`${text}ä`), 0, size + 2)).toBe(`${text}ä`)
      }
    }
  })
})
