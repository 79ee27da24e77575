/** ThreadMs: the time of the processor that this thread has taken, in milliseconds; others on the machine do not count. */
export function threadMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

const TRIES = 5

/**
 * The least that the work took of the processor: it is done again while it takes longer than it may. What the engine does
 * for itself at a moment, and a processor that is shared or slow at that moment, is not what is asked about.
 */
export function leastThreadMs(mayMs: number, work: () => void): number {
  let least = Number.POSITIVE_INFINITY
  for (let left = TRIES; left > 0 && least >= mayMs; left--) {
    const began = threadMs()
    work()
    least = Math.min(least, threadMs() - began)
  }
  return least
}
