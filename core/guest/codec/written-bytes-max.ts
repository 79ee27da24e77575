/** WrittenBytesMax: how much a codec may write in place of a message, given what came and what it was handed beside. */

/** What is written may be so much longer than what came, for a body may have been replaced with a larger one. */
const GROWTH_BYTES_MAX = 1_114_112

export function writtenBytesMax(sourceBytes: number, handedBytes: number): number {
  return sourceBytes + handedBytes + GROWTH_BYTES_MAX
}
