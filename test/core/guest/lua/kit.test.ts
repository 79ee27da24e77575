/** What the author's kit says is what there is. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { KeyValue } from '../../../../core/guest/guest-host.ts'
import { ALL_GRANTS, evaluate, lua, tryLua, verdictOf } from './lua-guest.ts'

const kit = (file: string) =>
  readFileSync(new URL(`../../../../sdk/guest/lua/${file}`, import.meta.url), 'utf8')
const annotations = kit('weir.lua')
const keyValue: KeyValue = {
  get: () => undefined,
  set: () => true,
  delete: () => false,
  add: () => 0,
  exchange: () => 'stored',
}

/** Fields of a class of the annotations. */
function fields(name: string): readonly string[] {
  const block = annotations.split(`---@class weir.${name}\n`)[1]?.split('\n\n')[0] ?? ''
  return [...block.matchAll(/^---@field (\w+)/gm)].map(([, field]) => field ?? '')
}

describe('the annotations', () => {
  test('are Lua', () => {
    expect(tryLua(`${annotations}\nfunction onRequest() end`)).toHaveProperty('declared')
  })

  test('name functions that are there', () => {
    const names = [...annotations.matchAll(/^function ([\w.]+)\(/gm)].map(([, name]) => name ?? '')
    expect(names.length).toBeGreaterThan(14)
    for (const name of names) {
      const global = name.replace('Metadata.', 'metadata.').replace('Mutation.', 'mutation.')
      expect(evaluate(`type(${global})`, { grants: ALL_GRANTS, keyValue }), name).toBe('function')
    }
  })

  test('name fields that are there', () => {
    const metadata = fields('Metadata').filter((field) => field !== 'request')
    const guest = lua(`reads = { body = true }
      function onRequest(m) ${metadata.map((field) => `local _ = m.${field}`).join(' ')} end
      function onEnd(_, o) ${fields('Outcome')
        .map((field) => `local _ = o.${field}`)
        .join(' ')} end
      function onResume(_, _, r) ${fields('Resume')
        .map((field) => `local _ = r.${field}`)
        .join(' ')} log("read") end`)
    expect(metadata).toHaveLength(14)
    guest.ask({ body: Buffer.from('x') })
    const resume = { reason: 1, phase: 2, pauses: 1, text: '' }
    expect(guest.call('resume', { resume })).toEqual([['log', 'info', 'read']])
  })
})

test('the filter of the README does what it says', () => {
  const source = /```lua\n([\s\S]*?)```/.exec(kit('README.md'))?.[1] ?? ''
  const guest = lua(source)
  expect(verdictOf(guest.ask())).toMatchObject({
    verdict: { error: { kind: 'denied', text: 'say who you are' } },
  })
  expect(guest.ask({ properties: { 'remote.application': 'a' } })).toEqual([['set', 'x-caller', '61']])
})
