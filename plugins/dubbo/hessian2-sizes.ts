/** Values of Hessian 2.0 whose first byte tells how many bytes they have, and integers, which counts are made of. */
import { i32, u8, u16 } from '../../sdk/index.ts'

/** Bytes of a value whose first byte tells its size; 0 for all others. */
export const FIXED_SIZES = fixedSizes()

/** Bytes of the integer that begins with this byte (Hessian 2.0 §4.6); 0 when none does. */
export function integerSize(tag: number): number {
  if (tag >= 0x80 && tag <= 0xbf) return 1
  if (tag >= 0xc0 && tag <= 0xcf) return 2
  if (tag >= 0xd0 && tag <= 0xd7) return 3
  return tag === 0x49 ? 5 : 0
}

/** The integer at `at`, which {@link integerSize} has found to be one. */
export function integerValue(bytes: Uint8Array, at: number): number {
  const tag = u8(bytes, at)
  if (tag === 0x49) return i32(bytes, at + 1)
  if (tag <= 0xbf) return tag - 0x90
  if (tag <= 0xcf) return ((tag - 0xc8) << 8) | u8(bytes, at + 1)
  return ((tag - 0xd4) << 16) | u16(bytes, at + 1)
}

function fixedSizes(): Uint8Array {
  const sizes = new Uint8Array(256)
  for (let size = 0; size <= 15; size++) sizes[0x20 + size] = 1 + size // binary of 0 to 15 bytes
  sizes.fill(3, 0x38, 0x40) // long of three bytes
  for (const tag of [0x46, 0x4e, 0x54, 0x5b, 0x5c]) sizes[tag] = 1 // false, null, true, 0.0, 1.0
  for (const tag of [0x49, 0x4b, 0x59, 0x5f]) sizes[tag] = 5 // int, date in minutes, long as int, double as int
  for (const tag of [0x44, 0x4a, 0x4c]) sizes[tag] = 9 // double, date in milliseconds, long
  sizes[0x5d] = 2 // double of one byte
  sizes[0x5e] = 3 // double of two
  sizes.fill(1, 0x80, 0xc0) // int
  sizes.fill(2, 0xc0, 0xd0)
  sizes.fill(3, 0xd0, 0xd8)
  sizes.fill(1, 0xd8, 0xf0) // long
  sizes.fill(2, 0xf0, 0x100)
  return sizes
}
