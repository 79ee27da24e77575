/** What figures say of a codec whose place another version has taken. */
import { expect, test } from 'vitest'
import { ManualClock } from '../../../../core/base/clock.ts'
import type { GuestModule } from '../../../../core/guest/guest-instance.ts'
import { abi } from '../../../../sdk/abi/abi.ts'
import { Collected } from '../../../support/collected.ts'
import { guestCodec, luaModule } from '../../../support/guest-codec.ts'
import { frameOp, opList, scriptedModule } from '../../../support/scripted-codec.ts'

const FAILURES = 20
const MINUTE_MS = 60_000

let hostile = false
const failing = scriptedModule((during) =>
  during === abi.codec.phase.decode ? opList([frameOp({ size: hostile ? 0 : 4 })]) : undefined,
)

async function made(module: GuestModule = failing) {
  const { codec, runtime } = await guestCodec(module)
  return {
    codec,
    runtime,
    fail: () => {
      hostile = true
      for (let round = 0; round < FAILURES; round++) new Collected(codec, 'response').give('abcd')
      hostile = false
    },
    tell: (what: 'replaced' | 'ended') => void Reflect.apply(Reflect.get(codec, what), codec, []),
    figure: (name: string) => runtime.figure(name, 'test.codec'),
  }
}

test('an open breaker goes with the codec that is replaced', async () => {
  const { fail, tell, figure } = await made()
  fail()
  expect(figure('plugin_breaker_open')).toBe(1)
  tell('replaced')
  expect(figure('plugin_breaker_open')).toBe(0)
  tell('ended')
  expect(figure('plugin_breaker_open')).toBe(0)
})

test('a breaker that opens behind that is not counted', async () => {
  const { fail, tell, figure } = await made()
  tell('replaced')
  fail()
  expect(figure('plugin_breaker_open')).toBe(0)
  tell('ended')
  expect(figure('plugin_breaker_open')).toBe(0)
})

test('nor is one that closes behind it', async () => {
  const { codec, runtime, fail, tell, figure } = await made()
  fail()
  tell('replaced')
  if (runtime.clock instanceof ManualClock) runtime.clock.advance(MINUTE_MS)
  expect(new Collected(codec).give('abcd').messages).toHaveLength(1)
  expect(figure('plugin_breaker_open')).toBe(0)
})

test('it weighs nothing once the last of its connections has ended', async () => {
  const { tell, figure } = await made(
    luaModule(`codec { correlation = 'fifo' } function decode(r) end function encodeError() end`),
  )
  expect(figure('plugin_memory_bytes')).toBeGreaterThan(65_536)
  tell('ended')
  expect(figure('plugin_memory_bytes')).toBe(0)
})
