/**
 * Parts: how much there is in what a stranger wrote, before anybody spends time on it: a text by its marks, data by its
 * values. What is read and checked here is so in the threads that carry traffic.
 */

/** Characters of a YAML text that begin a value, a key or a line. */
const MARKS = /[:,[{\n]/g
const TEXT_BYTES_MAX = 65_536
/** Ten pages of a file; a thousand keys of one map take 20 ms to read. */
const MARKS_MAX = 2_000

/** Parts of a schema times parts of a value: looked at one by one they take 50 ms. */
export const LOOKS_MAX = 100_000

/** Why a text is not read; `undefined` when it may be. */
export function tooLong(text: string): string | undefined {
  if (Buffer.byteLength(text) > TEXT_BYTES_MAX) return `has more than ${TEXT_BYTES_MAX} bytes`
  let marks = 0
  for (const _mark of text.matchAll(MARKS)) if (++marks > MARKS_MAX) return TOO_MANY
  return undefined
}

/** The same of data. */
export function tooLarge(data: unknown): string | undefined {
  return partsOf(data, MARKS_MAX) > MARKS_MAX ? TOO_MANY : undefined
}

/** How many values there are, maps and lists counted as well; one more than `most` stands for any number beyond. */
export function partsOf(data: unknown, most: number): number {
  let parts = 0
  for (const left = [data]; left.length > 0; ) {
    const value = left.pop()
    if (++parts > most) return parts
    if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) left.push(each)
  }
  return parts
}

const TOO_MANY = `has more than ${MARKS_MAX} parts`
