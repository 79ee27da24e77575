/** The sums, against values that others published, and over ranges one behind the other. */
import { describe, expect, it } from 'vitest'
import { type ChecksumName, checksums } from '../../sdk/checksum.ts'

const DIGITS = Buffer.from('123456789')
/** Longer than what is summed by hand, and than what Adler-32 adds up before it divides. */
const LONG = Buffer.alloc(20_000, 0xff)

const known: readonly (readonly [name: ChecksumName, bytes: Buffer, sum: number])[] = [
  ['crc32', DIGITS, 0xcbf43926],
  ['crc32c', DIGITS, 0xe3069283],
  ['adler32', DIGITS, 0x091e01de],
  ['fnv1a', DIGITS, 0xbb86b11c],
  ['fnv1a', Buffer.from('a'), 0xe40c292c],
  ['xor', DIGITS, 0x31],
  ['sum', DIGITS, 477],
  ['sum', LONG, 255 * 20_000],
]

describe('checksums', () => {
  it.each(known)('%s of %s is known', (name, bytes, sum) => {
    const { initial, update } = checksums[name]
    expect(update(initial, bytes, 0, bytes.length)).toBe(sum)
  })

  it.each(Object.entries(checksums))(
    '%s over two ranges is that of both together',
    (_name, { initial, update }) => {
      for (const bytes of [DIGITS, LONG, Buffer.alloc(0)])
        for (const cut of [0, 1, 8, bytes.length].filter((at) => at <= bytes.length)) {
          const first = update(initial, bytes, 0, cut)
          expect(update(first, bytes, cut, bytes.length)).toBe(update(initial, bytes, 0, bytes.length))
        }
    },
  )

  it.each(Object.entries(checksums))('%s sees each byte of long runs', (_name, { initial, update }) => {
    const changed = Buffer.from(LONG)
    changed[19_999] = 0xfe
    expect(update(initial, changed, 0, changed.length)).not.toBe(update(initial, LONG, 0, LONG.length))
  })
})
