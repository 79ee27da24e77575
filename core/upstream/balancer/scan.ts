/**
 * Scan: the slow and certain pick that the others fall back on when chance has found them too many hosts that are
 * not to be had. It looks at every host, so that the last one standing is found.
 */
import { type Host, usable } from './host.ts'

/** A usable host, in proportion to the weights; `undefined` when there is none. */
export function scan<H extends Host>(
  hosts: readonly H[],
  random: () => number,
  tried: H | undefined,
): H | undefined {
  let total = 0
  for (const host of hosts) if (usable(host, tried)) total += host.weight
  if (total === 0) return undefined
  let left = random() * total
  let last: H | undefined
  for (const host of hosts) {
    if (!usable(host, tried)) continue
    last = host
    left -= host.weight
    if (left < 0) return host
  }
  return last
}
