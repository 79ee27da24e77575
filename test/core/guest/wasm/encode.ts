/**
 * The smallest pieces of the WebAssembly binary format (core specification §5.2), for tests that assemble modules
 * by hand. Nothing here checks anything: a test may want a module that is wrong.
 */

/** Unsigned LEB128 (§5.2.2). */
export function unsigned(value: number): number[] {
  const bytes: number[] = []
  let rest = value >>> 0
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80)
    rest >>>= 7
  }
  bytes.push(rest)
  return bytes
}

/** Signed LEB128 of a 32-bit number (§5.2.2). */
export function signed(value: number): number[] {
  return signed64(BigInt(value | 0))
}

/** Signed LEB128 of a 64-bit number (§5.2.2). */
export function signed64(value: bigint): number[] {
  const bytes: number[] = []
  let rest = BigInt.asIntN(64, value)
  while (rest > 63n || rest < -64n) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  bytes.push(Number(rest & 0x7fn))
  return bytes
}

/** A vector (§5.1.3): the count, then the items. */
export function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()]
}

/** A name (§5.2.4): the size in bytes, then UTF-8. */
export function nameBytes(text: string): number[] {
  const bytes = [...Buffer.from(text)]
  return [...unsigned(bytes.length), ...bytes]
}

/** A section (§5.5.2): id, size, contents. */
export function section(id: number, contents: readonly number[]): number[] {
  return [id, ...unsigned(contents.length), ...contents]
}

/** The eight bytes every module begins with (§5.5.16). */
export const PREAMBLE: readonly number[] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
