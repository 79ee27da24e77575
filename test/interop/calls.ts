/** Calls of all three callers at once, for tests in which something fails under them. */
import { expect } from 'vitest'
import { type PerKind, perKind } from './fleet.ts'
import {
  type BurstReport,
  type Caller,
  eventually,
  type Outcome,
  PEER_KINDS,
  type Provider,
} from './peers.ts'
import { expectLocalError } from './shown-errors.ts'

/** What a call that hangs would take: far more than any error may. */
const HANG_MS = 120_000
const BURST_MS = 500
/** How many calls of a burst are in flight at most. */
export const CALLS_PER_CALLER = 4

type Callers = PerKind<Caller>
/** Wrapped, because waiting for the calls to be under way must not wait for their end. */
type Running = PerKind<{ readonly outcome: Promise<Outcome> }>

/** Starts a call of each caller, and returns when all are with the provider. */
export async function start(callers: Callers, provider: Provider, ms = HANG_MS): Promise<Running> {
  const before = (await provider.stats()).byMethod['slow'] ?? 0
  const running = await perKind(async (kind) => ({
    outcome: callers[kind].call('slow', [ms], { timeoutMs: HANG_MS }),
  }))
  await eventually(
    () => provider.stats(),
    ({ byMethod }) => byMethod['slow'] === before + PEER_KINDS.length,
  )
  return running
}

/** Each of these calls fails at once, and its caller is told why. */
export async function expectTold(
  running: Running,
  error: Parameters<typeof expectLocalError>[2],
  text = '',
): Promise<void> {
  await perKind(async (kind) => expectLocalError(kind, await running[kind].outcome, error, text))
}

/** A call of each caller succeeds, the first time. */
export async function expectAnswered(callers: Callers): Promise<void> {
  await perKind(async (kind) => {
    const outcome = await callers[kind].call('sayHello', [kind])
    expect(outcome, JSON.stringify(outcome)).toMatchObject({ ok: true, value: `Hello, ${kind}` })
  })
}

/**
 * The first call over new connections succeeds. Only dubbo-go, which has lost every connection, picks lost ones for a
 * second or two, without a proxy too: those calls fail at once.
 */
export async function expectReconnected(callers: Callers): Promise<void> {
  await perKind((kind) =>
    eventually(
      async () => {
        const outcome = await callers[kind].call('sayHello', [kind])
        const lost = kind === 'go' && !outcome.ok && outcome.message === 'session Already Closed'
        if (!lost)
          expect(outcome, JSON.stringify(outcome)).toMatchObject({ ok: true, value: `Hello, ${kind}` })
        return outcome
      },
      ({ ok }) => ok,
    ),
  )
}

/** A call of each caller succeeds, soon. */
export async function eventuallyAnswered(callers: Callers): Promise<void> {
  await perKind((kind) =>
    eventually(
      () => callers[kind].call('sayHello', ['weir']),
      ({ ok }) => ok,
    ),
  )
}

/** All callers call again and again while something happens, and once more afterwards. */
export async function burstDuring(
  callers: Callers,
  during: () => Promise<void>,
): Promise<PerKind<readonly BurstReport[]>> {
  const happened = { value: false }
  const bursts = perKind(async (kind) => {
    const reports: BurstReport[] = []
    for (let last = false; !last; ) {
      last = happened.value
      reports.push(
        await callers[kind].burst({ durationMs: BURST_MS, concurrency: CALLS_PER_CALLER, pauseMs: 1 }),
      )
    }
    return reports
  })
  const happening = during().finally(() => {
    happened.value = true
  })
  const [reports] = await Promise.all([bursts, happening])
  return reports
}

/** Every call was answered, with its own answer. */
export function expectNoneFailed(reports: PerKind<readonly BurstReport[]>): void {
  for (const kind of PEER_KINDS) {
    for (const { sent, ok, wrong, failed, messages } of reports[kind]) {
      expect({ kind, ok, wrong, failed, messages }).toEqual({
        kind,
        ok: sent,
        wrong: 0,
        failed: {},
        messages: [],
      })
      expect(sent).toBeGreaterThan(0)
    }
  }
}
