import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHANGES, expectChanged, itChangesAttachments } from './changes.ts'
import { closeAll } from './fleet.ts'
import type { InteropCase } from './matrix.ts'
import { describePair } from './pair.ts'
import { type Caller, eventually, type Provider, startCaller, startProvider } from './peers.ts'
import { expectLocalError } from './shown-errors.ts'
import { cluster, listener, Weir, type WeirConfig } from './weir.ts'

const FASTJSON2 = { serialization: 'fastjson2' }
/** Objects as Java itself writes them: weir reads the header of such a message and no more. */
const NATIVE = { serialization: 'nativejava' }

let json: { readonly caller: Caller; readonly provider: Provider }
let native: { readonly caller: Caller; readonly provider: Provider }
let weir: Weir

beforeAll(async () => {
  const [jsonCaller, jsonProvider, nativeCaller, nativeProvider] = await Promise.all([
    startCaller('java33'),
    startProvider('java33', FASTJSON2),
    startCaller('java27'),
    startProvider('java27', NATIVE),
  ])
  json = { caller: jsonCaller, provider: jsonProvider }
  native = { caller: nativeCaller, provider: nativeProvider }
  weir = await Weir.start(config())
})

afterAll(() => closeAll([json?.caller, json?.provider, native?.caller, native?.provider, weir]))

describePair({
  caller: 'java33',
  provider: 'java33',
  how: 'in fastjson2 without a proxy',
  pair: () => ({ ...json, url: json.provider.url, connect: FASTJSON2 }),
  instead: inFastjson2,
})

describePair({
  caller: 'java33',
  provider: 'java33',
  how: 'in fastjson2 through weir, which routes by what it reads and changes every message',
  pair: () => ({ ...json, url: weir.url('fastjson2'), connect: FASTJSON2 }),
  instead: inFastjson2,
  also: expectChanged,
  more: itChangesAttachments,
})

describe('a serialization that weir cannot read', () => {
  beforeAll(() => native.caller.connect(weir.url('native'), NATIVE))

  it('passes by its header, both ways and one way', async () => {
    expect(await native.caller.call('sayHello', ['wörld'])).toMatchObject({ ok: true, value: 'Hello, wörld' })
    expect(await native.caller.call('log', ['one way'])).toMatchObject({ ok: true })
    await eventually(
      () => native.provider.stats(),
      ({ received }) => received.includes('one way'),
    )
    const report = await native.caller.burst({ count: 100, concurrency: 4 })
    expect(report).toMatchObject({ sent: 100, ok: 100, wrong: 0, failed: {} })
  })

  it('is refused in words where a route needs more', async () => {
    await native.caller.connect(weir.url('needs-method'), { ...NATIVE, on: 'needs-method' })
    const outcome = await native.caller.call('sayHello', ['weir'], { on: 'needs-method' })
    expectLocalError('java27', outcome, 'bad_request', 'no route can be chosen: serialization 7 (nativejava)')
  })

  it('is refused in words where a filter changes what weir cannot write', async () => {
    await native.caller.connect(weir.url('changed'), { ...NATIVE, on: 'changed' })
    const outcome = await native.caller.call('sayHello', ['weir'], { on: 'changed' })
    expectLocalError('java27', outcome, 'bad_request', 'cannot be changed: serialization 7 (nativejava)')
  })
})

/** This serialization drops the message of an exception whose class has a constructor for it, without a proxy too. */
function inFastjson2(usual: InteropCase): InteropCase {
  if (usual.method !== 'failChecked' || usual.options?.generic === true) return usual
  return { ...usual, expected: { thrown: 'weir.interop.PeerException', reason: 42 } }
}

function config(): WeirConfig {
  const byNative = { match: { serialization: 'nativejava' }, cluster: 'native' }
  return {
    listeners: [
      listener(
        'fastjson2',
        [
          {
            match: { serialization: 'fastjson2', interface: 'weir.interop.PeerService' },
            cluster: 'fastjson2',
          },
        ],
        { filters: [CHANGES, 'router'] },
      ),
      listener('native', [byNative]),
      listener('needs-method', [{ match: { method: 'sayHello' }, cluster: 'native' }]),
      listener('changed', [byNative], { filters: [CHANGES, 'router'] }),
    ],
    clusters: [cluster('fastjson2', [json.provider.port]), cluster('native', [native.provider.port])],
  }
}
