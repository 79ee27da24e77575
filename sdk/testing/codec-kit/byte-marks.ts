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
