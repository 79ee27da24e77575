/** An edit that is said of one message after the other is the edit that was said, of the message that it is said of. */
import { expect, test } from 'vitest'
import { BlockWriter } from '../../../../core/guest/block.ts'
import { OpList } from '../../../../core/guest/op-list.ts'
import { abi } from '../../../../sdk/abi/abi.ts'
import { fakeMessage } from '../../../../sdk/testing/fake-message.ts'
import { type LuaGuest, lua, onRequest } from './lua-guest.ts'

const hex = (text: string) => Buffer.from(text).toString('hex')
const V = hex('v')

/** A request with a number in `a`, as often as the plugin is asked. */
function asks(guest: LuaGuest, ...numbers: number[]) {
  return numbers.map((a) => guest.ask({ properties: { a: String(a) } }))
}

test('it names the message of each call', () => {
  const guest = onRequest('mutation.set("k", "v")')
  const writer = new BlockWriter()
  for (const handle of [1, 2, 3, 4, 0x3fff_ffff, 1]) {
    writer.begin(abi.phase.request, { nowMs: 0, wallMs: 0 })
    writer.message(fakeMessage({}), handle, { keys: [], allKeys: false, body: false, operation: false })
    writer.finish()
    const list = guest.instance.call(abi.phase.request, writer.bytes, writer.size)
    if (!(list instanceof OpList)) expect.fail('nothing was said')
    expect(list.u32(abi.opListHeaderBytes + abi.opHeader.message)).toBe(handle)
    expect(list.u32(list.start)).toBe(list.size)
    expect(list.bytes.toString('latin1', list.end - 2, list.end)).toBe('kv')
  }
})

test('what changes is said anew: the code, the key, the value', () => {
  const guest = lua(`reads = { "a" }
    function onRequest(metadata, mutation)
      local a = metadata.get("a")
      if a == "1" then mutation.set("k", "v") elseif a == "2" then mutation.add("k", "v")
      elseif a == "3" then mutation.set("k", "w") elseif a == "4" then mutation.set("l", "v")
      elseif a == "5" then mutation.remove("k") elseif a == "6" then mutation.set("v", "k") end
    end`)
  const said = [[], [['set', 'k', V]], [['add', 'k', V]], [['set', 'k', hex('w')]], [['set', 'l', V]]]
  said.push([['remove', 'k', '']], [['set', 'v', hex('k')]])
  const order = [
    1, 1, 1, 2, 2, 2, 1, 3, 3, 3, 0, 3, 1, 1, 1, 5, 1, 1, 4, 4, 4, 6, 6, 6, 1, 1, 1, 0, 0, 1, 2, 1,
  ]
  expect(asks(guest, ...order)).toEqual(order.map((number) => said[number]))
})

test('what is said in front of it leaves it as it is', () => {
  const guest = lua(`reads = { "a" }
    function onRequest(metadata, mutation)
      if metadata.get("a") == "1" then log("a line that is longer than the edit") end
      if metadata.get("a") == "2" then mutation.set("other", "value") end
      mutation.set("k", "v")
    end`)
  const [plain, logged, behind] = [
    [['set', 'k', V]],
    [
      ['log', 'info', 'a line that is longer than the edit'],
      ['set', 'k', V],
    ],
    [
      ['set', 'other', hex('value')],
      ['set', 'k', V],
    ],
  ]
  const order = [0, 0, 0, 1, 0, 0, 1, 1, 0, 2, 0, 0, 0, 2, 2, 2, 0, 1, 2, 0, 0]
  expect(asks(guest, ...order)).toEqual(order.map((number) => [plain, logged, behind][number]))
})

test('what is said behind it is said', () => {
  const guest = lua(`local n = 0
    function onRequest(metadata, mutation)
      n = n + 1
      mutation.set("k", "v") mutation.set("n", n) if n % 3 == 0 then mutation.body("b") end
    end`)
  for (let n = 1; n < 12; n++)
    expect(guest.ask()).toEqual([
      ['set', 'k', V],
      ['set', 'n', hex(String(n))],
      ...(n % 3 === 0 ? [['body', hex('b')]] : []),
    ])
})

test('a long answer in between, which takes the list’s place, does not stand in its place', () => {
  const guest = lua(`reads = { "a" }
    function onRequest(metadata, mutation)
      mutation.set("k", "v")
      if metadata.get("a") == "1" then mutation.body(("b"):rep(200000)) end
    end`)
  const order = [0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0]
  expect(asks(guest, ...order).map((said) => said[0])).toEqual(order.map(() => ['set', 'k', V]))
})

test.each([
  ['keys', '"k" .. 1000 + n // 5, "v"', (n: number) => [`k${1_000 + Math.floor(n / 5)}`, V]],
  ['values', '"k", "v" .. 1000 + n // 5', (n: number) => ['k', hex(`v${1_000 + Math.floor(n / 5)}`)]],
] as const)('%s whose places others had before are told from them', (_what, edit, said) => {
  const guest = lua(`local n = 0
    function onRequest(metadata, mutation)
      for i = 1, 3 do local _ = ("g"):rep(20000) .. n end
      n = n + 1
      mutation.set(${edit})
    end`)
  for (let n = 1; n < 1_500; n++) expect(guest.ask()).toEqual([['set', ...said(n)]])
})

test('long texts are said each time', () => {
  const guest = lua(`local n = 0
    function onRequest(metadata, mutation) n = n + 1 mutation.set("k", ("v"):rep(60) .. n // 4) end`)
  for (let n = 1; n < 20; n++) expect(guest.ask()).toEqual([['set', 'k', hex(`${'v'.repeat(60)}${n >>> 2}`)]])
})

test('where nothing may be changed it is refused as well', () => {
  const guest = lua(`local kept
    function onRequest(metadata, mutation) kept = mutation mutation.set("k", "v") end
    function onEnd() log(tostring(select(2, pcall(kept.set, "k", "v")))) end`)
  for (let i = 0; i < 3; i++) guest.ask()
  expect(guest.call('end', {})).toEqual([
    ['log', 'info', expect.stringContaining('nothing can be changed here')],
  ])
})
