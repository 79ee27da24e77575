import { afterAll, beforeAll, expect, it } from 'vitest'
import { expectAnswered, expectReconnected, expectTold, start } from './calls.ts'
import { closeAll, type PerKind, perKind, startCallers } from './fleet.ts'
import { type Caller, eventually, freePort, PEER_KINDS, type Provider, startProvider } from './peers.ts'
import { expectLocalError } from './shown-errors.ts'
import { cluster, Weir, type WeirConfig } from './weir.ts'

let callers: PerKind<Caller>
let provider: Provider
let port = 0

beforeAll(async () => {
  const started = await Promise.all([startCallers(), startProvider('go')])
  callers = started[0]
  provider = started[1]
})

afterAll(() => closeAll([...Object.values(callers ?? {}), provider]))

it('idle callers are let go, and each next call reaches the next weir', async () => {
  port = await freePort()
  const first = await Weir.start(config())
  await perKind((kind) => callers[kind].connect(first.url('dubbo')))
  await expectAnswered(callers)
  first.drain()
  expect(await first.exited).toEqual({ code: 0, signal: null })
  await using _next = await Weir.start(config())
  await expectReconnected(callers)
})

it('calls in flight end, or are told of the drain, and each next call reaches the next weir', async () => {
  port = await freePort()
  const first = await Weir.start(config('6s'))
  await perKind((kind) => callers[kind].connect(first.url('dubbo')))
  const long = await start(callers, provider)
  const short = await start(callers, provider, 500)
  first.drain()
  for (const kind of PEER_KINDS) {
    expect(await short[kind].outcome).toMatchObject({ ok: true, value: 'slow 500' })
  }
  // From half of the time on what is new is refused, with time left to say so.
  await perKind(async (kind) => {
    const refused = await eventually(
      () => callers[kind].call('sayHello', ['weir']),
      // dubbo-go closes connections that are quiet as it is told to, and picks lost ones for a moment.
      (outcome) => !outcome.ok && outcome.message !== 'session Already Closed',
    )
    expectLocalError(kind, refused, 'draining')
  })
  await expectTold(long, 'draining')
  await first.exited
  await using _next = await Weir.start(config())
  await expectReconnected(callers)
})

it('a next weir that listens already takes over from the one that drains', async () => {
  port = await freePort()
  const first = await Weir.start(config())
  await perKind((kind) => callers[kind].connect(first.url('dubbo')))
  const short = await start(callers, provider, 500)
  await using _next = await Weir.start(config(), { takeOver: true })
  first.drain()
  for (const kind of PEER_KINDS) {
    expect(await short[kind].outcome).toMatchObject({ ok: true, value: 'slow 500' })
  }
  expect(await first.exited).toEqual({ code: 0, signal: null })
  await expectReconnected(callers)
})

function config(timeout = '30s'): WeirConfig {
  return {
    drain: { timeout },
    listeners: [
      { name: 'dubbo', address: `127.0.0.1:${port}`, protocol: 'dubbo', routes: [{ cluster: 'only' }] },
    ],
    clusters: [cluster('only', [provider.port])],
  }
}
