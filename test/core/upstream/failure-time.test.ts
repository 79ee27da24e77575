import { afterEach, expect, test } from 'vitest'
import { ManualClock } from '../../../core/base/clock.ts'
import type { Filter } from '../../../sdk/index.ts'
import { eventually } from '../../support/eventually.ts'
import { silence } from '../../support/scripted-upstream.ts'
import { Stage } from '../../support/stage.ts'
import { toUp } from '../../support/test-proxy.ts'
import { TestRuntime } from '../../support/test-runtime.ts'

const stage = new Stage()
afterEach(() => stage.clear())

/** A clock that learns of the time when it is asked to, as the system's does. */
class LateClock extends ManualClock {
  realMs = 1_000

  override refresh(): void {
    this.nowMs = this.realMs
  }
}

test.each(['is lost', 'cannot be made'])('the time until a connection %s counts', async (what) => {
  const clock = new LateClock(1_000)
  const durations: number[] = []
  const record: Filter = { onEnd: (_exchange, outcome) => void durations.push(outcome.durationMs) }
  const later: Filter = {
    onRequest: () => {
      clock.realMs += 200
      return undefined
    },
  }
  const upstream = await stage.upstream(silence)
  if (what === 'cannot be made') await upstream.stop()
  const proxy = await stage.proxy({
    endpoints: [upstream.address],
    runtime: new TestRuntime(clock),
    filters: [record, later, toUp],
  })
  const client = await proxy.client()
  client.send('req', 1)
  if (what === 'is lost') {
    await upstream.received(1)
    const peer = await upstream.peer(0)
    peer.reset()
  }
  await eventually(() => durations.length === 1, 'the end')
  expect(durations).toEqual([200])
})
