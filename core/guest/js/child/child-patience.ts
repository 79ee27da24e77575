/**
 * ChildPatience: whether a call whose time is over has had it. Its time is what passes, since nothing else stops an isolate; but on a
 * machine that lets others run for that long, it may have passed without the call. Given as text, like all parts.
 */
import type { ChildSystem } from './child-given.ts'

export interface ChildPatience {
  /** Calls begin at this time. */
  begin(nowMs: number): void
  /** Whether the process has had less than half of so much time since then. */
  starved(timeMs: number): boolean
}

export function childPatience(system: ChildSystem): ChildPatience {
  /** Looking costs as much as a call; what it had meanwhile counts against the call. */
  const LOOK_MS = 20
  let lookedMs = Number.NEGATIVE_INFINITY
  let hadMs = 0

  return {
    begin: (nowMs) => {
      if (nowMs - lookedMs < LOOK_MS) return
      lookedMs = nowMs
      hadMs = system.processorMs()
    },
    starved: (timeMs) => system.processorMs() - hadMs < timeMs / 2,
  }
}
