/**
 * Hash of a text: MurmurHash3 (x86, 32 bits) over the text's UTF-16 units as they lie in memory, two to a block.
 * It reads the string in place and allocates nothing. Not for secrets: whoever chooses texts can make them collide.
 */

const C1 = 0xcc9e2d51
const C2 = 0x1b873593

/** A signed 32-bit hash. */
export function hashText(text: string, seed: number): number {
  const length = text.length
  let hash = seed | 0
  for (let i = 1; i < length; i += 2) {
    hash ^= scramble(text.charCodeAt(i - 1) | (text.charCodeAt(i) << 16))
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0
  }
  if ((length & 1) === 1) hash ^= scramble(text.charCodeAt(length - 1))
  return mix(hash ^ (length << 1))
}

/** Spreads every bit of a number over the whole result; distinct numbers stay distinct. */
export function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}

function scramble(block: number): number {
  const product = Math.imul(block, C1)
  return Math.imul((product << 15) | (product >>> 17), C2)
}
