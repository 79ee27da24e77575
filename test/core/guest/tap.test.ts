import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createLuaModule } from '../../../core/guest/lua/create-lua-module.ts'
import { Tap } from '../../../core/guest/tap.ts'
import type { TapReport } from '../../../core/guest/tap-call.ts'
import { Trap } from '../../../core/guest/trap.ts'
import { type Filter, Pause, replyError } from '../../../sdk/index.ts'
import { fakeMessage } from '../../../sdk/testing/fake-message.ts'
import { ManualClock } from '../../../sdk/testing/manual-clock.ts'
import { TestExchange } from '../../../sdk/testing/test-exchange.ts'
import { GuestStage } from './guest-stage.ts'
import { interpreter } from './lua/lua-guest.ts'

let clock: ManualClock
let reports: TapReport[]

beforeEach(() => {
  vi.useFakeTimers()
  clock = new ManualClock()
  reports = []
})
afterEach(() => {
  vi.useRealTimers()
})

function tapped(filter: Filter, callsPerSecond = 10, plugin = 'tag'): Tap {
  let ms = 0
  const tap = new Tap({
    clock,
    callsPerSecond,
    nowMs: () => (ms += 0.5),
    tell: (report) => void reports.push(report),
  })
  tap.watch(filter, plugin)
  return tap
}

function exchange(filter: Filter, properties: Readonly<Record<string, string>> = {}): TestExchange {
  const request = fakeMessage({ operation: 'demo/hello', requestId: '7', properties })
  return new TestExchange({ filter, clock, request })
}

function luaModule(source: string) {
  const module = createLuaModule({ interpreter, name: 'tag.lua', file: Buffer.from(source) })
  if (module instanceof Trap) throw new Error(module.text)
  return module
}

function told() {
  vi.runAllTimers()
  return reports.flatMap(({ calls }) => calls)
}

describe('a filter that is watched', () => {
  it('is the same filter, and each of its calls is told with what it changed', () => {
    const kept: unknown[] = []
    const filter: Filter = {
      onRequest(_metadata, mutation, exchange) {
        exchange.set(this, 'kept')
        mutation.set('caller', 'mine')
        mutation.add('tag', 'b')
        mutation.remove('cookie')
        mutation.body(Buffer.from('new'))
        return undefined
      },
      onEnd(exchange) {
        kept.push(exchange.get(this))
      },
    }
    tapped(filter)
    const running = exchange(filter, { caller: 'shop', tag: 'a', cookie: 'x' })
    running.onRequest()
    running.onEnd()
    expect(kept).toEqual(['kept'])
    const [request, end] = told()
    expect(request).toMatchObject({
      ...{ plugin: 'tag', phase: 'request', operation: 'demo/hello', requestId: '7', verdict: 'continue' },
      edits: [
        { key: 'caller', before: ['shop'], after: ['mine'] },
        { key: 'tag', before: ['a'], after: ['a', 'b'] },
        { key: 'cookie', before: ['x'], after: [] },
      ],
      ...{ body: 'new', tookMs: 0.5, failure: undefined },
    })
    expect(end).toMatchObject({ phase: 'end', verdict: 'ok', edits: [], body: undefined })
  })

  it('is told with what it decides, at once or after a pause that ends as it would', () => {
    const pause = new Pause()
    const verdicts = [replyError('denied', 'no'), pause]
    const filter: Filter = { onRequest: () => verdicts.shift() }
    tapped(filter)
    exchange(filter).onRequest()
    const { verdict } = exchange(filter).onRequest()
    let resumed: unknown
    if (verdict instanceof Pause) verdict.wait((settled) => (resumed = settled))
    pause.resume('drop')
    expect(resumed).toBe('drop')
    expect(told().map((call) => call.verdict)).toEqual(['reply denied: no', 'drop, after a pause'])
  })

  it('is told with what it says, why it fails, and the fuel of the call itself', () => {
    const source = `function onRequest(metadata, mutation)
      for i = 1, tonumber(metadata.get("loops")) do end
      log("done")
      if metadata.get("loops") == "3" then error("no luck") end
    end`
    let tap: Tap | undefined
    const stage = new GuestStage(luaModule(source), {
      services: {
        logged: (plugin, level, text) => tap?.logged(plugin, level, text),
        failed: (plugin, { text }) => tap?.failed(plugin, text),
      },
    })
    tap = tapped(stage.filter, 10, 'guest')
    for (const loops of ['1', '100000', '1', '3']) exchange(stage.filter, { loops }).onRequest()
    const [first, long, again, failed] = told()
    expect(long?.fuel).toBeGreaterThan((first?.fuel ?? Number.NaN) + 100_000)
    expect(again?.fuel).toBeLessThan((long?.fuel ?? Number.NaN) - 100_000)
    expect(first?.lines).toEqual(['info done'])
    expect(failed).toMatchObject({
      verdict: 'reply plugin_failed: the plugin guest failed',
      failure: expect.stringContaining('tag.lua:4: no luck'),
      fuel: undefined,
    })
  })

  it('is looked at so often in a second and counted beyond that', () => {
    const filter: Filter = { onRequest: () => undefined }
    tapped(filter, 2)
    for (let i = 0; i < 5; i++) exchange(filter).onRequest()
    clock.advance(1_000)
    exchange(filter).onRequest()
    expect(told()).toHaveLength(3)
    expect(reports.map(({ skipped }) => skipped).reduce((sum, each) => sum + each, 0)).toBe(3)
  })

  it('is told of with texts that are cut', () => {
    const filter: Filter = {
      onRequest: (_metadata, mutation) => {
        mutation.set('tag', 'x'.repeat(10_000))
        return undefined
      },
    }
    tapped(filter)
    exchange(filter).onRequest()
    expect(told()[0]?.edits[0]?.after[0]).toHaveLength(257)
  })
})
