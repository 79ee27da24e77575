/** A guest in another process: its answers come later, in any order, or with everything it was asked gone at once. */
import { describe, expect, it } from 'vitest'
import type { GuestAnswer, GuestInstance, GuestModule } from '../../../core/guest/guest-instance.ts'
import { OpList } from '../../../core/guest/op-list.ts'
import { Trap } from '../../../core/guest/trap.ts'
import { abi } from '../../../sdk/abi/abi.ts'
import { replyError } from '../../../sdk/index.ts'
import { settled } from '../../../sdk/testing/test-exchange.ts'
import { GuestStage } from './guest-stage.ts'
import { opList, ops } from './op-builder.ts'

interface Asked {
  readonly handle: number
  answer(answer: GuestAnswer): void
}

/** Keeps what it was asked, for the test to answer. */
class RemoteGuest implements GuestModule {
  readonly remote = true
  readonly asked: Asked[] = []
  closed = 0

  instantiate(): GuestInstance {
    const { asked } = this
    return {
      fuelUsed: 0,
      memoryBytes: 0,
      call: (phase, bytes) => {
        if (phase === abi.phase.configure) return undefined
        const handle = bytes.readUInt32LE(abi.header.bytes + abi.record.handle)
        return new Promise<GuestAnswer>((answer) => asked.push({ handle, answer }))
      },
      close: () => {
        this.closed++
      },
    }
  }
}

function said(op: Buffer, handle: number): OpList {
  const list = opList(op)
  list.writeUInt32LE(handle, 4 + abi.opHeader.message)
  return new OpList(list)
}

describe('a guest in another process', () => {
  it('answers later, in any order', async () => {
    const guest = new RemoteGuest()
    const stage = new GuestStage(guest)
    const [one, two] = [stage.exchange(), stage.exchange()]
    const phases = [one.onRequest(), two.onRequest()]
    const [first, second] = guest.asked
    second?.answer(said(ops.drop(), second.handle))
    first?.answer(said(ops.set('k', 'v'), first.handle))
    expect(await Promise.all(phases.map(settled))).toEqual(['continue', 'drop'])
    expect(one.request.mutation?.edits).toEqual([{ op: 'set', key: 'k', value: 'v' }])
    expect(two.request.mutation?.edits).toEqual([])
  })

  it('may not speak of a message that it was not asked about', async () => {
    const guest = new RemoteGuest()
    const stage = new GuestStage(guest)
    const phases = [stage.exchange().onRequest(), stage.exchange().onRequest()]
    guest.asked[0]?.answer(said(ops.drop(), guest.asked[1]?.handle ?? 0))
    guest.asked[1]?.answer(undefined)
    const refused = replyError('plugin_failed', 'the plugin guest failed')
    expect(await Promise.all(phases.map(settled))).toEqual([refused, 'continue'])
  })

  it('is not heard about an exchange that is over', async () => {
    const guest = new RemoteGuest()
    const stage = new GuestStage(guest, { grants: 511 })
    const exchange = stage.exchange()
    exchange.onRequest()
    exchange.onEnd({ result: 'downstream_gone' })
    const [asked] = guest.asked
    asked?.answer(said(ops.pause(1_000), asked.handle))
    await new Promise((resolve) => setImmediate(resolve))
    expect(stage.wheel.armed).toBe(0)
    expect(stage.figure('held')).toBe(0)
  })

  it('is not heard about an exchange that ended while it was woken', async () => {
    const guest = new RemoteGuest()
    const stage = new GuestStage(guest, { grants: 511 })
    const exchange = stage.exchange()
    exchange.onRequest()
    const answer = async (op: (handle: number) => GuestAnswer) => {
      const asked = guest.asked.shift()
      asked?.answer(op(asked.handle))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await answer((handle) => said(ops.pause(10), handle))
    expect(stage.figure('held')).toBe(1)
    stage.advance(20)
    expect(guest.asked).toHaveLength(1)
    exchange.onEnd({ result: 'downstream_gone' })
    await answer((handle) => said(ops.pause(10), handle))
    expect(stage.figure('held')).toBe(0)
    expect(stage.wheel.armed).toBe(0)
  })

  it('counts for nothing when it answers behind the end of its filter', async () => {
    const guest = new RemoteGuest()
    const stage = new GuestStage(guest, { budget: { failuresMax: 1 } })
    const late = stage.exchange()
    late.onRequest()
    const failing = stage.exchange().onRequest()
    guest.asked[1]?.answer(new Trap('exited', 'gone'))
    await settled(failing)
    expect(stage.figure('breaker_open')).toBe(1)
    late.onEnd({ result: 'downstream_gone' })
    stage.filter.onDestroy?.()
    expect(stage.figure('breaker_open')).toBe(0)
    guest.asked[0]?.answer(undefined)
    await new Promise((resolve) => setImmediate(resolve))
    expect(stage.figure('breaker_open')).toBe(0)
  })

  it('takes a promise that fails for a guest that is gone', async () => {
    const lost: GuestModule = {
      remote: true,
      instantiate: () => ({
        fuelUsed: 0,
        memoryBytes: 0,
        call: (phase) => (phase === abi.phase.configure ? undefined : Promise.reject(new Error('lost'))),
        close: () => {},
      }),
    }
    const stage = new GuestStage(lost)
    expect(await settled(stage.exchange().onRequest())).toMatchObject({ error: { kind: 'plugin_failed' } })
    expect(stage.figure('traps_total', { kind: 'exited' })).toBe(1)
  })

  it('fails once when it goes down with many calls', async () => {
    const guest = new RemoteGuest()
    const stage = new GuestStage(guest)
    const phases = Array.from({ length: 50 }, () => stage.exchange().onRequest())
    for (const { answer } of guest.asked.splice(0)) answer(new Trap('exited', 'it was killed'))
    await Promise.all(phases.map(settled))
    expect(stage.figure('calls_total', { result: 'failed' })).toBe(50)
    expect(stage.figure('breaker_open')).toBe(0)
    expect(guest.closed).toBe(1)
    const next = stage.exchange().onRequest()
    guest.asked[0]?.answer(undefined)
    expect(await settled(next)).toBe('continue')
  })
})
