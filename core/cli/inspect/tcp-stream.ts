/**
 * TcpStream: one side of a captured connection, put in order: what comes too early waits within a limit, what came
 * already is left out. Where something is missing for good, the gap is told and the stream goes on behind it.
 */

/** Bytes, and segments, that wait for what is missing before them. */
const EARLY_BYTES_MAX = 4 * 1_048_576
const EARLY_COUNT_MAX = 4_096
const HALF = 0x8000_0000

interface Early {
  readonly sequence: number
  readonly bytes: Buffer
}

export interface StreamPart {
  readonly bytes: Buffer
  /** Bytes that were never captured, in front of these. */
  readonly missing: number
}

export class TcpStream {
  /** The sequence number of the next byte; unknown until the first segment. */
  #next: number | undefined = undefined
  #early: Early[] = []
  #earlyBytes = 0

  /** The connection begins here. */
  start(sequence: number): void {
    this.#next = (sequence + 1) >>> 0
    this.#early = []
    this.#earlyBytes = 0
  }

  /** What can be read now, in order. */
  add(sequence: number, bytes: Buffer): readonly StreamPart[] {
    if (bytes.length === 0) return []
    this.#next ??= sequence
    this.#early.push({ sequence, bytes })
    this.#earlyBytes += bytes.length
    const parts = this.#inOrder()
    if (this.#earlyBytes <= EARLY_BYTES_MAX && this.#early.length <= EARLY_COUNT_MAX) return parts
    return [...parts, ...this.#acrossGap()]
  }

  /** Nothing comes any more: what waits is given, with the gaps before it. */
  end(): readonly StreamPart[] {
    const parts: StreamPart[] = []
    while (this.#early.length > 0) parts.push(...this.#acrossGap())
    return parts
  }

  #inOrder(missing = 0): readonly StreamPart[] {
    const parts: StreamPart[] = []
    for (;;) {
      const index = this.#early.findIndex(({ sequence }) => distance(sequence, this.#next ?? 0) >= 0)
      const [segment] = index < 0 ? [] : this.#early.splice(index, 1)
      if (segment === undefined) return parts
      this.#earlyBytes -= segment.bytes.length
      const fresh = segment.bytes.subarray(distance(segment.sequence, this.#next ?? 0))
      if (fresh.length === 0) continue
      parts.push({ bytes: fresh, missing: parts.length === 0 ? missing : 0 })
      this.#next = ((this.#next ?? 0) + fresh.length) >>> 0
    }
  }

  #acrossGap(): readonly StreamPart[] {
    const next = this.#next ?? 0
    const gaps = this.#early.map(({ sequence }) => distance(next, sequence)).filter((gap) => gap > 0)
    const gap = Math.min(...gaps)
    if (!Number.isFinite(gap)) return this.#inOrder()
    this.#next = (next + gap) >>> 0
    return this.#inOrder(gap)
  }
}

/** How far it is from one sequence number to another; below 0 when the other lies behind. */
function distance(from: number, to: number): number {
  const ahead = (to - from) >>> 0
  return ahead < HALF ? ahead : ahead - 2 * HALF
}
