/** Prefix: writes the number of bytes or pairs that stands in front of them. */
import type { ByteWriter } from '../bytes.ts'
import { varintBytes, writeNumber } from '../wire-number.ts'
import { largest, type PrefixWidth } from './field.ts'

const TWO_32 = 0x1_0000_0000

/** Appends the number; false when the width does not hold it. */
export function writePrefix(out: ByteWriter, width: PrefixWidth, little: boolean, value: number): boolean {
  if (width === 0) {
    const bytes = varintBytes(Math.floor(value / TWO_32), value >>> 0)
    out.copy(bytes, 0, bytes.length)
    return true
  }
  if (value > largest(width)) return false
  const at = out.reserve(width)
  writeNumber(out.buffer, at, { width, little }, value)
  return true
}
