/** Waiting for what other sockets, timers, threads and processes bring about: conditions, never durations. */
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * After this a condition is held not to come. It is no measure of anything: a machine that others keep busy may stand
 * still for seconds, and only a test that fails waits for so long.
 */
export const PATIENCE_MS = 90_000

/** Resolves once the condition holds; fails with the text when it does not. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  what: string | (() => string),
): Promise<void> {
  const untilMs = performance.now() + PATIENCE_MS
  while (!(await condition())) {
    if (performance.now() > untilMs)
      throw new Error(`waited in vain: ${typeof what === 'string' ? what : what()}`)
    await sleep(1)
  }
}

/** Everything that is on its way over loopback has been read and answered; for facts about what does not come. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 15; turn++) await sleep(1)
}
