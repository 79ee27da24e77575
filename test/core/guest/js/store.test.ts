/** The key-value store as plugins in JavaScript see it, over the pipe of their process. */
import { afterEach, describe, expect, test } from 'vitest'
import { KeyValues } from '../../../../core/base/shared/key-values.ts'
import { bitsOf } from '../../../../core/guest/grant.ts'
import type { KeyValue, StoreQuota } from '../../../../core/guest/guest-host.ts'
import { replyError } from '../../../../sdk/index.ts'
import { JsGuest, type JsGuestOptions } from './js-guest.ts'

const REFUSED = { verdict: replyError('plugin_failed', 'the plugin guest failed') }
const guests: JsGuest[] = []

afterEach(() => {
  for (const guest of guests.splice(0)) guest.stop()
})

async function stage(body: string, options: JsGuestOptions = {}) {
  const clock = { nowMs: 1 }
  const keyValues = KeyValues.alone(() => clock.nowMs)
  const keyValue = (plugin: string, quota: StoreQuota): KeyValue | undefined => keyValues.part(plugin, quota)
  const grants = bitsOf(['log', 'counters', 'key-value'])
  const source = `let n = 0
const say = (mutation, ...values) => mutation.set('said', values.map((value) => String(value)).join(' '))
export function onRequest(metadata, mutation) { ${body} }`
  const guest = await JsGuest.create(source, { grants, services: { keyValue }, ...options })
  guests.push(guest)
  const said = async () => (await guest.ask()).edits.find(([, key]) => key === 'said')?.[2]
  return { guest, said, clock, part: keyValues.part('guest', { bytesMax: 1 << 20, entriesMax: 100 }) }
}

describe('store', () => {
  test('keeps texts and bytes, and numbers as their texts', async () => {
    const { said, part } = await stage(`
      say(mutation, store.set('k', 'é\\udcff'), store.get('k') === 'é\\udcff', store.set('b', new Uint8Array([0, 255])),
        store.set('n', 12), store.add('n'), store.add('n', 0.5), store.add('n', -13.5), store.add('k'),
        store.delete('k'), store.delete('k'), store.get('k'))`)
    expect(await said()).toBe('true true true true 13 13.5 0 undefined true false undefined')
    expect(part?.get(Buffer.from('b'))).toEqual(Buffer.from([0, 255]))
  })

  test('is there for what calls leave for later, also when they are worked through together', async () => {
    const { guest, said, part } = await stage(
      `mutation.set('said', 'at once'); Promise.resolve().then(() => store.add('later'))`,
    )
    expect(await Promise.all([said(), said(), said(), said()])).toEqual(Array(4).fill('at once'))
    expect(await said()).toBe('at once')
    await said()
    expect(Number(part?.get(Buffer.from('later'))?.toString())).toBeGreaterThanOrEqual(5)
    expect(guest.failure).toBeUndefined()
  })

  test('exchanges what was expected, and forgets in time', async () => {
    const { said, clock } = await stage(`
      say(mutation, store.cas('k', undefined, 'a', 100), store.cas('k', undefined, 'b'), store.cas('k', 'a', 'c', 100),
        store.get('k'), store.add('n', 1, 100))`)
    expect(await said()).toBe('true false true c 1')
    expect(await said()).toBe('false false false c 2')
    clock.nowMs += 100
    expect(await said()).toBe('true false true c 1')
  })

  test('carries the largest keys and values, and none that are larger', async () => {
    const { said, guest } = await stage(
      `
      const big = 'é'.repeat(32768)
      const tries = [() => store.set('k'.repeat(257), 'v'), () => store.set('k', big + 'x'), () => store.get('é'.repeat(200))]
      const failed = tries.map((attempt) => { try { attempt(); return 'none' } catch (error) { return error.message } })
      say(mutation, store.set('k'.repeat(256), big), store.cas('k'.repeat(256), big, big.toUpperCase()),
        store.get('k'.repeat(256)) === big.toUpperCase(), failed.join('; '))`,
      { limits: { fuelPerCall: 2_000_000_000 } },
    )
    const text = await said()
    expect(guest.failure).toBeUndefined()
    expect(text).toBe(
      'true true true a key of the store has more than 256 bytes; a value of the store has more than 65536 bytes; a key of the store has more than 256 bytes',
    )
  })

  test('is asked in the right order while many messages are on their way', async () => {
    const { guest, part } = await stage(`
      const before = store.add('sum', 1)
      mutation.set('first', String(before))
      mutation.set('second', String(store.add('sum', 1)))`)
    const asked = await Promise.all(Array.from({ length: 300 }, () => guest.ask()))
    const numbers = asked.flatMap(({ edits }) => edits.map(([, , value]) => Number(value)))
    expect(numbers).toEqual(Array.from({ length: 600 }, (_, i) => i + 1))
    expect(String(part?.get(Buffer.from('sum')))).toBe('600')
  })

  test('needs its grant', async () => {
    const { guest } = await stage(`store.get('k')`, { grants: bitsOf(['log']) })
    expect(await guest.ask()).toMatchObject(REFUSED)
    expect(guest.failure).toContain('the store needs a grant: add "key-value"')
  })

  test('that is busy is an error that can be caught', async () => {
    const busy = (): 'busy' => 'busy'
    const keyValue = () => ({ get: busy, set: busy, delete: busy, add: busy, exchange: busy })
    const { said } = await stage(`try { store.get('k') } catch (error) { say(mutation, error.message) }`, {
      services: { keyValue },
    })
    expect(await said()).toBe('the store is busy')
  })

  test('is asked so many times in a call and no more', async () => {
    const { said } = await stage(`
      let asked = 0
      try { for (;; asked++) store.get('k') } catch (error) { say(mutation, asked, error.message) }`)
    expect(await said()).toBe('1000 the store cannot be asked here')
    expect(await said()).toBe('1000 the store cannot be asked here')
  })

  test('stays what it is when a plugin changes what it is made of', async () => {
    const { said } = await stage(`
      DataView.prototype.setUint32 = Uint8Array.prototype.set = () => { throw new Error('changed') }
      say(mutation, store.set('k', new Uint8Array([118])), store.get('k'), Object.isFrozen(store))`)
    expect(await said()).toBe('true v true')
  })
})
