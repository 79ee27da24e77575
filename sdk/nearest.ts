/** Nearest: which of several valid names somebody may have meant, and how a message says so. */

/** Longer lists of valid names are left out of messages, and longer names are compared with nothing. */
const NAMES_LISTED_MAX = 12
const NAME_CHARS_MAX = 200

/** The tail of a message about an unknown name: the nearest valid one, and all of them when they are few. */
export function hint(word: string, names: readonly string[]): string {
  const near = nearest(word, names)
  const known = names.length > NAMES_LISTED_MAX ? '' : names.join(', ')
  if (names.length === 0) return '; there are none'
  if (near !== undefined) return `, did you mean "${near}"?${known === '' ? '' : ` (known: ${known})`}`
  return known === '' ? '' : `; known: ${known}`
}

/** The name that is a few slips of the finger away; `undefined` when none is near. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const wanted = plain(word)
  let best: string | undefined
  let fewest = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const name of names) {
    if (name.length > NAME_CHARS_MAX || wanted.length > NAME_CHARS_MAX) continue
    const edits = editCount(wanted, plain(name), fewest)
    if (edits >= fewest) continue
    best = name
    fewest = edits
  }
  return best ?? names.find((name) => wanted.length >= 3 && plain(name).startsWith(wanted))
}

/** Case, underscores and hyphens are the slips that cost nothing. */
function plain(word: string): string {
  return word.toLowerCase().replace(/[-_. ]/g, '')
}

/**
 * Letters to insert, delete, replace or swap with their neighbour (optimal string alignment); `enough` as soon as it is seen
 * to be no fewer.
 */
function editCount(from: string, to: string, enough: number): number {
  if (Math.abs(from.length - to.length) >= enough) return enough
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, index) => index)
  let fewestOfLast = 0
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    let fewest = i
    for (let j = 1; j <= to.length; j++) {
      const replaced = from[i - 1] === to[j - 1] ? 0 : 1
      let edits = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + replaced)
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        edits = Math.min(edits, (beforeLast[j - 2] ?? 0) + 1)
      }
      row.push(edits)
      fewest = Math.min(fewest, edits)
    }
    // What comes is made of these two rows, of the former by a swap.
    if (fewest >= enough && fewestOfLast + 1 >= enough) return enough
    fewestOfLast = fewest
    beforeLast = last
    last = row
  }
  return last[to.length] ?? 0
}
