/** SetU32: overwrites four bytes, little endian, with the lower 32 bits of a number. */
export function setU32(bytes: Buffer, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
  bytes[at + 2] = value >>> 16
  bytes[at + 3] = value >>> 24
}
