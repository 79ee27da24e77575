/** IsolateCodecSums: the checksums that protocols carry. Given as text, like all parts. */
import type { IsolateCodecValues } from './isolate-codec-values.ts'

export interface IsolateCodecSums {
  crc32(value: unknown): number
  adler32(value: unknown): number
  fnv1a(value: unknown): number
}

export function isolateCodecSums({ held }: { readonly held: IsolateCodecValues }): IsolateCodecSums {
  const { imul } = Math
  const crcTable = new Int32Array(256)
  for (let byte = 0; byte < 256; byte++) {
    let rest = byte
    for (let bit = 0; bit < 8; bit++) rest = (rest & 1) === 1 ? (rest >>> 1) ^ 0xedb8_8320 : rest >>> 1
    crcTable[byte] = rest
  }
  function crc32(value: unknown): number {
    const bytes = held.bytesOf(value, 'what is summed')
    let rest = -1
    for (let i = 0; i < bytes.length; i++)
      rest = (rest >>> 8) ^ (crcTable[(rest ^ (bytes[i] ?? 0)) & 0xff] ?? 0)
    return ~rest >>> 0
  }
  function adler32(value: unknown): number {
    const bytes = held.bytesOf(value, 'what is summed')
    let low = 1
    let high = 0
    for (let i = 0; i < bytes.length; i++) {
      low = (low + (bytes[i] ?? 0)) % 65_521
      high = (high + low) % 65_521
    }
    return high * 65_536 + low
  }
  function fnv1a(value: unknown): number {
    const bytes = held.bytesOf(value, 'what is summed')
    let hash = 0x811c_9dc5
    for (let i = 0; i < bytes.length; i++) hash = imul(hash ^ (bytes[i] ?? 0), 0x0100_0193)
    return hash >>> 0
  }

  return { crc32, adler32, fnv1a }
}
