/** Waiting for what other sockets and timers bring about: conditions, never durations. */
import { setTimeout as sleep } from 'node:timers/promises'

const PATIENCE_MS = 5_000

/** Resolves once the condition holds; fails with the text when it does not within seconds. */
export async function eventually(
  condition: () => boolean,
  what: string,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const untilMs = performance.now() + patienceMs
  while (!condition()) {
    if (performance.now() > untilMs) throw new Error(`waited in vain: ${what}`)
    await sleep(1)
  }
}

/** Everything that is on its way over loopback has been read and answered; for facts about what does not come. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 15; turn++) await sleep(1)
}
