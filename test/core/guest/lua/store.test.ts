import { describe, expect, it } from 'vitest'
import { KeyValues } from '../../../../core/base/shared/key-values.ts'
import type { KeyValue } from '../../../../core/guest/guest-host.ts'
import { Trap } from '../../../../core/guest/trap.ts'
import { leastThreadMs } from '../../../support/thread-ms.ts'
import { ALL_GRANTS, evaluate, lua } from './lua-guest.ts'

const LONGEST_MS = 50
/** A function of Lua: all its values as one text. */
const ALL = `(function(...)
  local all = { ... }
  for i = 1, select("#", ...) do all[i] = tostring(all[i]) end
  return table.concat(all, "\\t")
end)`

function stage() {
  const clock = { nowMs: 1 }
  const keyValue = KeyValues.alone(() => clock.nowMs).part('plugin', { bytesMax: 1 << 20, entriesMax: 100 })
  if (keyValue === undefined) throw new Error('there is no part')
  const say = (values: string) => evaluate(`${ALL}(${values})`, { grants: ALL_GRANTS, keyValue })
  return { clock, keyValue, say }
}

describe('store', () => {
  it('keeps bytes, and numbers as their texts', () => {
    const { say } = stage()
    expect(say('store.set("k", "a\\0\\xff"), store.get("k") == "a\\0\\xff"')).toBe('true\ttrue')
    expect(say('store.set("n", 12), store.get("n"), store.add("n"), store.add("n", 0.5)')).toBe(
      'true\t12\t13\t13.5',
    )
    expect(say('store.add("n", 0.5), math.type(store.add("n", -4))')).toBe('14\tinteger')
    expect(say('store.set("t", "text"), store.add("t"), store.get("t")')).toBe('true\tnil\ttext')
    expect(say('store.delete("t"), store.delete("t"), store.get("t")')).toBe('true\tfalse\tnil')
  })

  it('exchanges what was expected, and nothing', () => {
    const { say } = stage()
    expect(
      say('store.cas("k", nil, "a"), store.cas("k", nil, "b"), store.cas("k", "a", "c"), store.get("k")'),
    ).toBe('true\tfalse\ttrue\tc')
  })

  it('forgets in time', () => {
    const { say, clock } = stage()
    expect(say('store.set("k", "v", 100), store.add("n", 1, 100)')).toBe('true\t1')
    clock.nowMs += 100
    expect(say('store.get("k"), store.add("n", 1, 100)')).toBe('nil\t1')
  })

  it('says what is wrong with a question, where it was asked', () => {
    const { keyValue } = stage()
    const options = { grants: ALL_GRANTS, keyValue }
    for (const [body, text] of [
      ['store.get()', 'the key is a nil, not a text'],
      ['store.set("k", {})', 'the value is a table, not a text'],
      ['store.set("k", "v", -1)', 'the time to live is no number'],
      ['store.get(("k"):rep(257))', 'a text of the store has more than 256 bytes'],
    ] as const)
      expect(lua(`function onRequest()\n ${body} end`, options).fails().text).toMatch(`tag.lua:2: ${text}`)
  })

  it('that is busy is an error that can be caught', () => {
    const busy = (): 'busy' => 'busy'
    const keyValue: KeyValue = { get: busy, set: busy, delete: busy, add: busy, exchange: busy }
    const options = { grants: ALL_GRANTS, keyValue }
    expect(evaluate('select(2, pcall(store.get, "k"))', options)).toContain('the store is busy')
    expect(lua('function onRequest() store.add("n") end', options).fails().text).toContain(
      'the store is busy',
    )
  })

  it.each([
    'store.get("k")',
    'store.set("k", big)',
    'store.set(big:sub(1, 200), big)',
    'store.cas("k", big, big)',
  ])('asked for ever with %s is stopped by the fuel', (body) => {
    const { keyValue } = stage()
    const source = `local big = ("x"):rep(65536)\nfunction onRequest() while true do pcall(function() ${body} end) end end`
    const guests = Array.from({ length: 5 }, () => lua(source, { grants: ALL_GRANTS, keyValue }))
    const took = leastThreadMs(LONGEST_MS, () => {
      const said = guests.pop()?.request()
      expect(said instanceof Trap ? said.kind : said).toBe('fuel')
    })
    expect(took).toBeLessThan(LONGEST_MS)
  })
})
