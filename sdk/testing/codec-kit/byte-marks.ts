/** ByteMarks: which bytes of a frame a finding is about, where that can be told from two frames or from what is looked for. */
import type { Mark } from './finding.ts'

/** Where two frames differ, byte by byte, as ranges of the second; behind its end, where the first is longer, its last byte. */
export function differences(left: Uint8Array, right: Uint8Array): readonly Mark[] {
  const marks: Mark[] = []
  for (let at = 0; at < right.length; at++) {
    if (left[at] === right[at]) continue
    const last = marks.at(-1)
    if (last !== undefined && last.at + last.size === at)
      marks[marks.length - 1] = { at: last.at, size: last.size + 1 }
    else marks.push({ at, size: 1 })
  }
  if (marks.length === 0 && left.length > right.length && right.length > 0)
    return [{ at: right.length - 1, size: 1 }]
  return marks
}

/** What was written anew between what two frames begin and end with; where something was only taken out, the byte behind it. */
export function changed(before: Uint8Array, after: Uint8Array): readonly Mark[] {
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before[start] === after[start]) start++
  if (start === before.length && start === after.length) return []
  let end = 0
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++
  const at = Math.min(start, after.length - 1)
  return after.length === 0 ? [] : [{ at, size: Math.max(1, after.length - end - at) }]
}

/** Where a text stands first. */
export function placeOf(bytes: Buffer, text: string | Buffer | undefined): readonly Mark[] {
  const at = text === undefined || text.length === 0 ? -1 : bytes.indexOf(text)
  return at < 0 || text === undefined ? [] : [{ at, size: Buffer.byteLength(text) }]
}

/**
 * Where a number of so many bits stands as an id: in either order of bytes, or in decimal digits. Nowhere, when bytes that
 * read so are there more than once: one of them may be anything.
 */
export function idPlace(bytes: Buffer, id: string, bits: number): readonly Mark[] {
  if (!/^-?[0-9]+$/.test(id)) return onlyPlace(bytes, Buffer.from(id))
  const size = Math.ceil(bits / 8)
  const digits = BigInt.asUintN(size * 8, BigInt(id)).toString(16)
  const number = Buffer.from(digits.padStart(size * 2, '0'), 'hex')
  const forms = [number, Buffer.from(number).reverse(), Buffer.from(id)]
  for (const form of forms) {
    const found = onlyPlace(bytes, form)
    if (found.length > 0) return found
  }
  return []
}

/** Where the keys stand that one of two lists has and the other has not; else those that are out of order, or too many. */
export function keyPlaces(bytes: Buffer, left: readonly string[], right: readonly string[]): readonly Mark[] {
  const apart = [...left.filter((key) => !right.includes(key)), ...right.filter((key) => !left.includes(key))]
  const [longer, other] = left.length > right.length ? [left, right] : [right, left]
  const wrong = apart.length > 0 ? apart : longer.filter((key, at) => key !== other[at])
  const marks = [...new Set(wrong)].flatMap((key) => placeOf(bytes, key))
  return marks.toSorted((a, b) => a.at - b.at)
}

function onlyPlace(bytes: Buffer, part: Buffer): readonly Mark[] {
  const places = placeOf(bytes, part)
  const [first] = places
  return first !== undefined && bytes.indexOf(part, first.at + 1) < 0 ? places : []
}
