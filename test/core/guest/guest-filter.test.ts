/** What a filter makes of what its guest says, tried with WebAssembly guests that always say the same. */
import { describe, expect, it } from 'vitest'
import { bareGrants, bitsOf } from '../../../core/guest/grant.ts'
import { defaultGuestBudget } from '../../../core/guest/guest-budget.ts'
import type { CallAnswer } from '../../../core/guest/held-messages.ts'
import type { CallOut } from '../../../core/guest/ops.ts'
import { forward, Pause, replyError, replyMessage } from '../../../sdk/index.ts'
import { settled } from '../../../sdk/testing/test-exchange.ts'
import { GuestStage, type GuestStageOptions } from './guest-stage.ts'
import { opList, ops } from './op-builder.ts'
import { cannedGuest } from './wasm/guest-builder.ts'
import { wasmGuest } from './wasm/wasm-guests.ts'

const everyPhase = ops.phases(7)

async function stage(answers: Parameters<typeof cannedGuest>[0], options: GuestStageOptions = {}) {
  const grants = options.grants ?? bareGrants
  return new GuestStage(await wasmGuest(cannedGuest(answers), { grants }), options)
}

describe('a guest that says nothing', () => {
  it('is not noticed', async () => {
    const { filter, exchange, figure } = bound(await stage({}))
    expect(exchange().onRequest()).toEqual({ verdict: undefined, edits: [], newBody: undefined })
    expect(filter.onResponse).toBeUndefined()
    expect(filter.onEnd).toBeUndefined()
    expect(figure('calls_total', { result: 'nothing' })).toBe(1)
  })
})

function bound(stage: GuestStage) {
  return {
    stage,
    filter: stage.filter,
    exchange: (request = {}) => stage.exchange(request),
    figure: (name: string, labels = {}) => stage.figure(name, labels),
  }
}

describe('edits', () => {
  it('are recorded in both directions', async () => {
    const edit = opList(ops.set('a', '1'), ops.add('a', 'é\0'), ops.remove('b'), ops.body(Buffer.from('x')))
    const { exchange, figure } = bound(
      await stage({ configure: opList(everyPhase), request: edit, response: edit }),
    )
    const one = exchange()
    const edits = [
      { op: 'set', key: 'a', value: '1' },
      { op: 'add', key: 'a', value: 'é\0' },
      { op: 'remove', key: 'b', value: '' },
    ]
    expect(one.onRequest()).toEqual({ verdict: undefined, edits, newBody: Buffer.from('x') })
    expect(one.onResponse()).toEqual({ verdict: undefined, edits, newBody: Buffer.from('x') })
    one.onEnd()
    expect(figure('calls_total', { result: 'answered' })).toBe(2)
    expect(figure('calls_total', { result: 'nothing' })).toBe(1)
  })

  it('of a list that is wrong further on are not recorded', async () => {
    const wrong = opList(ops.set('a', '1'), ops.set('', '1'))
    for (const policy of ['closed', 'open'] as const) {
      const { exchange, figure } = bound(await stage({ request: wrong }, { policy }))
      const { verdict, edits } = exchange().onRequest()
      expect(edits).toEqual([])
      expect(verdict).toEqual(
        policy === 'open' ? 'continue' : replyError('plugin_failed', 'the plugin guest failed'),
      )
      expect(figure('traps_total', { kind: 'abi' })).toBe(1)
    }
  })
})

describe('verdicts', () => {
  it.each([
    ['drop', ops.drop(), 'drop'],
    ['close', ops.close(), 'close'],
    ['reply with an error', ops.replyError('denied', 'no'), replyError('denied', 'no')],
    [
      'reply with a message',
      ops.reply([['k', 'v']], Buffer.from('b')),
      replyMessage({ properties: [['k', 'v']], body: Buffer.from('b') }),
    ],
    ['forward', ops.forward('canary', 250), forward('canary', 250)],
  ])('%s', async (_name, op, verdict) => {
    const { exchange } = bound(await stage({ request: opList(ops.set('k', 'v'), op) }))
    expect(exchange().onRequest()).toMatchObject({ verdict, edits: [{ key: 'k' }] })
  })

  it('may not come when the exchange has ended', async () => {
    const { exchange, figure } = bound(
      await stage({ configure: opList(everyPhase), end: opList(ops.drop()) }),
    )
    const one = exchange()
    one.onRequest()
    one.onEnd()
    expect(figure('traps_total', { kind: 'abi' })).toBe(1)
  })
})

describe('configuration', () => {
  it('that the guest refuses is a problem', async () => {
    const { stage: it, filter } = bound(await stage({ configure: opList(ops.refuse('tag\nmissing')) }))
    expect(it.context.problems).toEqual([': the plugin guest cannot be used: tag\\u000amissing'])
    expect(filter.onRequest).toBeUndefined()
  })

  it.each([
    ['reading every key', ops.readsAll(), 'all-keys'],
    ['reading bodies', ops.wants(1), 'bodies'],
  ])('%s needs its grant', async (what, op, grant) => {
    const answers = { configure: opList(op) }
    expect((await stage(answers)).context.problems).toEqual([
      `: the plugin guest cannot be used: ${what} needs a grant: add "${grant}" to the plugin's "grants", and to "capabilities" of its manifest`,
    ])
    expect((await stage(answers, { grants: 511 })).context.problems).toEqual([])
  })

  it('may be wrong', async () => {
    expect((await stage({ configure: opList(ops.drop()) })).context.problems).toHaveLength(1)
    expect((await stage({ configure: Buffer.from('ffffffff', 'hex') })).context.problems).toHaveLength(1)
  })
})

describe('log and counters', () => {
  it('say what the guest says, plainly', async () => {
    const request = opList(
      ops.log('a\u001b[31m\nb\u2028', 2),
      ops.count('hits', 3),
      ops.count('Bad name!', 1),
    )
    const { stage: it, exchange, figure } = bound(await stage({ request }))
    exchange().onRequest()
    expect(it.lines).toEqual(['warn a\\u001b[31m\\u000ab\\u2028'])
    expect(figure('counted_total', { name: 'hits' })).toBe(3)
    expect(figure('counted_total', { name: 'other' })).toBe(1)
  })

  it('W28: are cut, dropped and counted', async () => {
    const long = ops.log('x'.repeat(4_000))
    const {
      stage: it,
      exchange,
      figure,
    } = bound(await stage({ request: opList(...Array.from({ length: 20 }, () => long)) }))
    for (let i = 0; i < 10; i++) exchange().onRequest()
    expect(it.lines).toHaveLength(defaultGuestBudget.logLinesPerSecond)
    expect(Math.max(...it.lines.map((line) => line.length))).toBeLessThan(1_100)
    expect(figure('log_dropped_total')).toBe(100)
    it.advance(1_000)
    exchange().onRequest()
    expect(it.lines).toHaveLength(defaultGuestBudget.logLinesPerSecond + 16)
  })

  it('are few', async () => {
    const names = Array.from({ length: 200 }, (_, i) => `n${i}`)
    const { stage: it, exchange } = bound(
      await stage({ request: opList(...names.map((name) => ops.count(name, 1))) }),
    )
    exchange().onRequest()
    expect(it.context.shared.series('plugin_counted_total')).toHaveLength(32)
  })

  it('need their grants', async () => {
    const { stage: it, exchange } = bound(
      await stage({ request: opList(ops.log('x'), ops.count('n', 1)) }, { grants: 0 }),
    )
    exchange().onRequest()
    expect(it.lines).toEqual([])
    expect(it.context.shared.series('plugin_counted_total')).toEqual([])
  })
})

describe('a guest that pauses', () => {
  const timers = bareGrants | bitsOf(['timers'])

  it('is woken by its timer, and decides then', async () => {
    const answers = { request: opList(ops.pause(50)), resume: opList(ops.set('late', '1'), ops.drop()) }
    const { stage: it, exchange, figure } = bound(await stage(answers, { grants: timers }))
    const one = exchange()
    const phase = one.onRequest()
    expect(phase.verdict).toBeInstanceOf(Pause)
    expect(figure('held')).toBe(1)
    it.advance(60)
    expect(await settled(phase)).toBe('drop')
    expect(one.request.mutation?.edits).toEqual([{ op: 'set', key: 'late', value: '1' }])
    expect(figure('held')).toBe(0)
  })

  it('W30: is not heard any more when its exchange is over', async () => {
    const answers = { request: opList(ops.pause(50)), resume: opList(ops.set('late', '1')) }
    const { stage: it, exchange, figure } = bound(await stage(answers, { grants: timers }))
    const one = exchange()
    one.onRequest()
    one.onEnd({ result: 'downstream_gone' })
    expect(figure('held')).toBe(0)
    it.advance(60)
    expect(one.request.mutation?.edits).toEqual([])
    expect(it.wheel.armed).toBe(0)
    expect(figure('calls_total', { result: 'answered' })).toBe(1)
  })

  it('is woken for each message of an exchange that it holds in both directions at once', async () => {
    const answers = {
      configure: opList(everyPhase),
      request: opList(ops.pause(50)),
      response: opList(ops.pause(500)),
      resume: opList(ops.set('late', '1')),
    }
    const { stage: it, exchange, figure } = bound(await stage(answers, { grants: timers }))
    const one = exchange()
    const over: string[] = []
    for (const [direction, { verdict }] of Object.entries({ up: one.onRequest(), down: one.onResponse() }))
      if (verdict instanceof Pause) verdict.wait(() => over.push(direction))
    expect([figure('held'), over]).toEqual([2, []])
    it.advance(60)
    expect([figure('held'), over]).toEqual([1, ['up']])
    it.advance(500)
    expect([figure('held'), over]).toEqual([0, ['up', 'down']])
  })

  it('holds neither direction of an exchange that is over', async () => {
    const pause = opList(ops.pause(50))
    const answers = { configure: opList(everyPhase), request: pause, response: pause }
    const { stage: it, exchange, figure } = bound(await stage(answers, { grants: timers }))
    const one = exchange()
    one.onRequest()
    one.onResponse()
    expect(it.wheel.armed).toBe(2)
    one.onEnd({ result: 'downstream_gone' })
    expect([figure('held'), it.wheel.armed]).toEqual([0, 0])
  })

  it('may change one message no oftener when it holds it in between', async () => {
    const some = Array.from({ length: 60 }, (_, key) => ops.set(`key-${key}`, ''))
    const answers = { request: opList(...some, ops.pause(1)), resume: opList(...some, ops.pause(1)) }
    const { stage: it, exchange, figure } = bound(await stage(answers, { grants: timers }))
    const one = exchange()
    one.onRequest()
    it.advance(60)
    expect([one.request.mutation?.edits.length, figure('held')]).toEqual([120, 1])
    it.advance(60)
    expect([one.request.mutation?.edits.length, figure('held')]).toEqual([120, 0])
    expect(figure('traps_total', { kind: 'budget' })).toBe(1)
  })

  it('W30: does not pause for ever', async () => {
    const answers = { request: opList(ops.pause(1)), resume: opList(ops.pause(1)) }
    const { stage: it, exchange, figure } = bound(await stage(answers, { grants: timers }))
    const phase = exchange().onRequest()
    for (let i = 0; i < 40; i++) it.advance(20)
    expect(await settled(phase)).toEqual(replyError('plugin_failed', 'the plugin guest failed'))
    expect(figure('calls_total', { result: 'answered' })).toBe(defaultGuestBudget.pausesMax)
  })

  it('holds so many messages and no more', async () => {
    const answers = { request: opList(ops.pause(1_000)) }
    const { exchange, figure } = bound(await stage(answers, { grants: timers, budget: { heldMax: 3 } }))
    const verdicts = Array.from({ length: 5 }, () => exchange().onRequest().verdict)
    expect(verdicts.filter((verdict) => verdict instanceof Pause)).toHaveLength(3)
    expect(figure('traps_total', { kind: 'budget' })).toBe(2)
  })

  it('needs a grant', async () => {
    const { exchange, figure } = bound(await stage({ request: opList(ops.pause(1)) }))
    expect(exchange().onRequest().verdict).toEqual(replyError('plugin_failed', 'the plugin guest failed'))
    expect(figure('traps_total', { kind: 'capability' })).toBe(1)
  })

  it('lets go of everything when it is no longer used', async () => {
    const {
      stage: it,
      exchange,
      filter,
    } = bound(await stage({ request: opList(ops.pause(1)) }, { grants: timers }))
    exchange().onRequest()
    filter.onDestroy?.()
    expect(it.wheel.armed).toBe(0)
  })
})

describe('a guest that calls out', () => {
  const calls = bareGrants | bitsOf(['calls'])
  const request = opList(ops.callOut('auth', 100, [['path', '/check']], Buffer.from('?')))

  async function calling(resume: Buffer) {
    const asked: { call: CallOut; answered: (answer: CallAnswer) => void }[] = []
    const services = {
      callOut: (call: CallOut, answered: (answer: CallAnswer) => void) => {
        asked.push({ call, answered })
      },
    }
    const parts = bound(await stage({ request, resume }, { grants: calls, services }))
    return { asked, ...parts }
  }

  it('is told the answer', async () => {
    const { asked, exchange } = await calling(opList(ops.replyError('denied', 'no')))
    const phase = exchange().onRequest()
    expect(asked[0]?.call).toEqual({
      cluster: 'auth',
      timeoutMs: 100,
      message: { properties: [['path', '/check']], body: Buffer.from('?') },
    })
    asked[0]?.answered({ status: 200, properties: [], body: undefined })
    expect(await settled(phase)).toEqual(replyError('denied', 'no'))
  })

  it('is told when none came in time, and never about a late one', async () => {
    const { stage: it, asked, exchange, figure } = await calling(opList(ops.drop()))
    const phase = exchange().onRequest()
    it.advance(120)
    expect(await settled(phase)).toBe('drop')
    asked[0]?.answered({ status: 200, properties: [], body: undefined })
    asked[0]?.answered('again')
    expect(figure('calls_total', { result: 'answered' })).toBe(2)
  })

  it('is told that there is nobody to call', async () => {
    const { exchange } = bound(await stage({ request, resume: opList(ops.close()) }, { grants: calls }))
    expect(await settled(exchange().onRequest())).toBe('close')
  })
})

describe('a guest that keeps failing', () => {
  it('X12: is left alone, longer each time, and comes back', async () => {
    const { stage: it, exchange, figure } = bound(await stage({ request: Buffer.from('ffffffff', 'hex') }))
    const call = () => exchange().onRequest().verdict
    for (let i = 0; i < 20; i++) call()
    const failed = () => figure('calls_total', { result: 'failed' })
    expect(failed()).toBe(5)
    expect(figure('calls_total', { result: 'skipped' })).toBe(15)
    expect(figure('breaker_open')).toBe(1)
    const tried: number[] = []
    for (let ms = 0; ms < 130_000; ms += 100) {
      it.advance(100)
      const before = failed()
      call()
      if (failed() > before) tried.push(it.clock.nowMs)
    }
    const waits = tried.map((ms, i) => ms - (tried[i - 1] ?? 0))
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000])
  })
})

describe('what a guest reads of requests', () => {
  it('is named to the chain', async () => {
    const { filter } = await stage({ configure: opList(ops.reads('keys'), ops.reads('type', 2)) })
    expect(filter.reads).toEqual(['keys'])
    expect(filter.wholeBodies?.request).toBe(false)
  })

  it('is whole messages where it may be anything', async () => {
    const grants = bareGrants | bitsOf(['all-keys'])
    const { filter } = await stage({ configure: opList(ops.readsAll()) }, { grants })
    expect(filter.wholeBodies?.request).toBe(true)
  })
})
