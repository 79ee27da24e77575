/**
 * WireNumber: unsigned numbers of one to eight bytes, in either byte order, and variable ones (LEB128: seven bits a
 * byte, the lowest first). What is wider than 32 bits has two halves, so that 64 bits stay exact. Nothing here checks
 * bounds: the caller has asked whether the bytes are there.
 */
import { u8, u16, u32 } from './bytes.ts'

/** A variable number of 64 bits has so many bytes. */
export const VARINT_BYTES_MAX = 10
const TWO_32 = 0x1_0000_0000

/** The number's lower 32 bits. */
export function readLow(bytes: Buffer, at: number, width: number, little: boolean): number {
  switch (width) {
    case 1:
      return u8(bytes, at)
    case 2:
      return little ? u8(bytes, at) | (u8(bytes, at + 1) << 8) : u16(bytes, at)
    case 3:
      return little
        ? u8(bytes, at) | (u8(bytes, at + 1) << 8) | (u8(bytes, at + 2) << 16)
        : (u8(bytes, at) << 16) | (u8(bytes, at + 1) << 8) | u8(bytes, at + 2)
    case 4:
      return word(bytes, at, little)
    default:
      return little ? word(bytes, at, true) : word(bytes, at + width - 4, false)
  }
}

/** What is above the lower 32 bits; 0 for a number of four bytes or less. */
export function readHigh(bytes: Buffer, at: number, width: number, little: boolean): number {
  if (width <= 4) return 0
  return readLow(bytes, little ? at + 4 : at, width - 4, little)
}

/** Both halves as one number, which is exact up to 2^53. */
export function readNumber(bytes: Buffer, at: number, width: number, little: boolean): number {
  const low = readLow(bytes, at, width, little)
  return width <= 4 ? low : readHigh(bytes, at, width, little) * TWO_32 + low
}

/** Where a number is to be written, and how. */
export interface NumberPlace {
  readonly width: number
  readonly little: boolean
}

/** What does not fit into the width is cut off. */
export function writeHalves(
  bytes: Buffer,
  at: number,
  { width, little }: NumberPlace,
  high: number,
  low: number,
): void {
  for (let index = 0; index < width; index++) {
    const half = index < 4 ? low : high
    bytes[little ? at + index : at + width - 1 - index] = half >>> ((index & 3) * 8)
  }
}

export function writeNumber(bytes: Buffer, at: number, place: NumberPlace, value: number): void {
  writeHalves(bytes, at, place, Math.floor(value / TWO_32), value >>> 0)
}

/** How many bytes the variable number at `at` has: 0 when it goes on behind `end`, -1 when it is none of 64 bits. */
export function varintSize(bytes: Buffer, at: number, end: number): number {
  const until = Math.min(end, at + VARINT_BYTES_MAX)
  for (let next = at; next < until; next++) {
    if ((u8(bytes, next) & 0x80) !== 0) continue
    const size = next - at + 1
    return size === VARINT_BYTES_MAX && u8(bytes, next) > 1 ? -1 : size
  }
  return until - at === VARINT_BYTES_MAX ? -1 : 0
}

/** The lower 32 bits of a variable number of `size` bytes. */
export function varintLow(bytes: Buffer, at: number, size: number): number {
  let low = 0
  for (let index = 0; index < size && index < 5; index++) low |= (u8(bytes, at + index) & 0x7f) << (index * 7)
  return low >>> 0
}

export function varintHigh(bytes: Buffer, at: number, size: number): number {
  if (size < 5) return 0
  let high = (u8(bytes, at + 4) & 0x7f) >>> 4
  for (let index = 5; index < size; index++) high |= (u8(bytes, at + index) & 0x7f) << (index * 7 - 32)
  return high >>> 0
}

/** A number as the fewest bytes that hold it. */
export function varintBytes(high: number, low: number): Buffer {
  const bytes: number[] = []
  let [above, below] = [high >>> 0, low >>> 0]
  do {
    const group = below & 0x7f
    below = ((below >>> 7) | (above << 25)) >>> 0
    above >>>= 7
    bytes.push(above === 0 && below === 0 ? group : group | 0x80)
  } while (above !== 0 || below !== 0)
  return Buffer.from(bytes)
}

function word(bytes: Buffer, at: number, little: boolean): number {
  return little
    ? (u8(bytes, at) | (u8(bytes, at + 1) << 8) | (u8(bytes, at + 2) << 16) | (u8(bytes, at + 3) << 24)) >>> 0
    : u32(bytes, at)
}
