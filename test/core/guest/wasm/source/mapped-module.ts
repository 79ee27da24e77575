/** MappedModule: a guest with a source map of whatever a test wants in it, and one whose segments are given as numbers. */

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** A number as the mappings have it. */
export function vlq(value: number): string {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1
  let text = ''
  do {
    const more = rest > 31
    text += DIGITS[(rest & 31) | (more ? 32 : 0)]
    rest >>>= 5
  } while (rest > 0)
  return text
}

/** Mappings of segments: offset, then source, line and column from 0 on where it has them. */
export function mappings(segments: readonly (readonly number[])[]): string {
  const last = [0, 0, 0, 0]
  return segments
    .map((segment) =>
      segment
        .map((value, i) => {
          const difference = value - (last[i] ?? 0)
          last[i] = value
          return vlq(difference)
        })
        .join(''),
    )
    .join(',')
}

/** What the section of a map holds. */
export function mapSection(map: string): Buffer {
  return urlSection(`data:application/json;base64,${Buffer.from(map).toString('base64')}`)
}

export function urlSection(url: string): Buffer {
  const size: number[] = []
  let rest = url.length
  for (; rest > 0x7f; rest >>>= 7) size.push((rest & 0x7f) | 0x80)
  return Buffer.concat([Buffer.from([...size, rest]), Buffer.from(url)])
}
