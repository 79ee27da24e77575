/** WriteId: an id over the one that stands in a frame, in the width and order that the codec declared. */
import type { CodecDeclaration } from './codec-declaration.ts'

export function writeId(
  { idSize, littleEndian }: CodecDeclaration,
  bytes: Buffer,
  at: number,
  id: { readonly high: number; readonly low: number },
): void {
  for (let i = 0; i < idSize; i++) {
    const shift = i * 8
    const byte = shift < 32 ? id.low >>> shift : id.high >>> (shift - 32)
    bytes[littleEndian ? at + i : at + idSize - 1 - i] = byte
  }
}
