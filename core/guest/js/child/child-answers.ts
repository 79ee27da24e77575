/** ChildAnswers: what waits to be written to the worker. Given as text, like all parts. */
import type { ChildFailure, ChildSpec, ChildSystem } from './child-given.ts'

export interface ChildAnswers {
  /** Begins a frame with so many bytes behind its header; answers where they go in {@link bytes}. */
  add(kind: number, first: number, second: number, size: number): number
  /** Until the next frame is added. */
  readonly bytes: Buffer
  trap(failure: ChildFailure, fuel: number, logs: Buffer | undefined): void
  flush(): void
  /** Work begins that was waited for. */
  begin(): void
  /** Writes what is much, and whatever there is after a while of work: who waits must not think that the process has stopped. */
  flushSoon(): void
}

export function childAnswers({ frame, limits, trapKinds }: ChildSpec, system: ChildSystem): ChildAnswers {
  const FLUSH_BYTES = 65_536
  const FLUSH_MS = 1
  let bytes = Buffer.allocUnsafeSlow(FLUSH_BYTES * 2)
  let filled = 0
  let sinceMs = 0

  function begin(): void {
    sinceMs = system.nowMs()
  }
  function flush(): void {
    for (let from = 0; from < filled; ) from += system.write(bytes, from, filled - from)
    filled = 0
    begin()
  }
  function add(kind: number, first: number, second: number, size: number): number {
    const whole = frame.bytes + size
    if (filled + whole > bytes.length) {
      flush()
      if (whole > bytes.length) bytes = Buffer.allocUnsafeSlow(whole)
    }
    const at = filled
    bytes.writeUInt32LE(whole, at + frame.size)
    bytes.writeUInt32LE(kind, at + frame.kind)
    bytes.writeUInt32LE(first >>> 0, at + frame.first)
    bytes.writeUInt32LE(second >>> 0, at + frame.second)
    filled += whole
    return at + frame.bytes
  }

  return {
    get bytes() {
      return bytes
    },
    add,
    trap: ({ kind, text }, fuel, logs) => {
      const said = Buffer.from(text.slice(0, limits.errorBytesMax))
      const size = 4 + said.length + (logs?.length ?? 0)
      const at = add(frame.trap, trapKinds.indexOf(kind), fuel, size)
      bytes.writeUInt32LE(said.length, at)
      said.copy(bytes, at + 4)
      logs?.copy(bytes, at + 4 + said.length)
    },
    flush,
    begin,
    flushSoon: () => {
      if (filled >= FLUSH_BYTES || (filled > 0 && system.nowMs() - sinceMs > FLUSH_MS)) flush()
    },
  }
}
