/** The items of the attack catalogue that a plugin in Lua can try: each ends in its budget, and harms nobody else. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Trap } from '../../../../core/guest/trap.ts'
import { leastThreadMs, threadMs } from '../../../support/thread-ms.ts'
import { luaAttacks } from './attacks.ts'
import { evaluate, type LuaGuest, lua, onRequest, tryLua } from './lua-guest.ts'

/** Far more than it takes, and far less than what has no end; what the event loop may be held is for `test/containment`. */
const ENDED_MS_MAX = 2_000
const HELD_MS_MAX = 50

/** For what is to run into another limit than that of time. */
const PATIENT = { limits: { fuelPerCall: 2 ** 31 - 1 } }

let victim: LuaGuest
beforeEach(() => {
  victim = lua(
    'calls = 0 function onRequest(m, mutation) calls = calls + 1 mutation.set("n", m.get("a") .. calls) end',
  )
  expect(victim.ask({ properties: { a: 'x' } })).toEqual([['set', 'n', '7831']])
})
afterEach(() => {
  expect(victim.ask({ properties: { a: 'x' } })).toEqual([['set', 'n', '7832']])
  expect(lua('function onRequest() return "drop" end').ask()).toHaveLength(1)
  expect(Object.keys(Object.prototype)).toEqual([])
})

/** The request ends as a trap of this kind, in time, and the instance is never entered again. */
function expectTrap(guest: LuaGuest, kind: string, text = ''): void {
  const start = threadMs()
  const trap = guest.fails()
  expect(threadMs() - start).toBeLessThan(ENDED_MS_MAX)
  expect(trap.kind, trap.text).toBe(kind)
  expect(trap.text).toContain(text)
  expect(trap.text).not.toContain(process.cwd())
  expect(guest.request()).toMatchObject({ kind: 'exited' })
}

describe('time', () => {
  test.each(luaAttacks.endless)('%s is stopped', (_name, body) => {
    expectTrap(onRequest(body), 'fuel')
  })

  test.each([
    ['a key that a thousand properties do not have', 'metadata.has("absent")'],
    ['a key of the length that all of them have', 'metadata.has(long)'],
    ['dates', 'os.date(dates)'],
  ])('what the host does is paid for: %s', (_what, asks) => {
    const properties = Object.fromEntries(
      Array.from({ length: 900 }, (_, i) => [`${'k'.repeat(250)}${100 + i}`, 'v']),
    )
    const source = `reads = { all = true } local long, dates = ("k"):rep(252) .. "x", ("%c"):rep(500)
      function onRequest(metadata) while true do ${asks} end end`
    const ask = () => lua(source, { grants: 511 }).fails({ properties, allKeys: true })
    expect(ask()).toMatchObject({ kind: 'fuel' })
    expect(leastThreadMs(HELD_MS_MAX, ask)).toBeLessThan(HELD_MS_MAX)
  })

  test('the place is named', () => {
    expect(onRequest('local x = 1\nwhile true do x = x + 1 end').fails().text).toContain(
      "in function 'onRequest'",
    )
  })

  test('L1: a chunk that loops, and an onConfigure that does, are never live', () => {
    expect(tryLua('while true do end')).toMatchObject({ kind: 'fuel' })
    expect(tryLua('function onConfigure() while true do end end function onRequest() end')).toMatchObject({
      kind: 'fuel',
    })
  })

  test('L5: a finalizer waits for the end of an interpreter, which is only dropped', () => {
    const guests = Array.from({ length: 5 }, () =>
      onRequest('keep = setmetatable({}, { __gc = function() while true do end end })'),
    )
    for (const guest of guests) guest.ask()
    expect(leastThreadMs(5, () => guests.pop()?.instance.close())).toBeLessThan(5)
  })

  test('L6: a coroutine that was made while the chunk ran is stopped when it goes on later', () => {
    const guest = lua(
      'local co = coroutine.wrap(function() coroutine.yield() while true do end end) co() function onRequest() co() end',
    )
    expectTrap(guest, 'fuel')
  })

  test('L13: the parser', () => {
    const start = threadMs()
    expect(tryLua(`x = ${'1+'.repeat(400_000)}1`)).toBeInstanceOf(Trap)
    expect(tryLua(`x = ${'('.repeat(400_000)}`)).toMatchObject({
      text: expect.stringContaining('C stack overflow'),
    })
    expect(tryLua(`x = ${'{'.repeat(400_000)}`)).toBeInstanceOf(Trap)
    expect(tryLua('x = 1 '.repeat(200_000))).toMatchObject({ kind: 'budget' })
    expect(threadMs() - start).toBeLessThan(5_000)
  })

  test('L13: a source that is tedious to search for keys', () => {
    const start = threadMs()
    for (const part of ['get ', 'get (', "get('", '. ', '\t'])
      tryLua(part.repeat(200_000).slice(0, 1_000_000))
    expect(threadMs() - start).toBeLessThan(5_000)
  })

  test('L49: every call has its own fuel', () => {
    const guest = onRequest('for i = 1, 100000 do end')
    for (let i = 0; i < 100; i++) guest.ask()
  })
})

describe('depth', () => {
  test.each(luaAttacks.deep)('%s is an error', (_name, body, text) => {
    const { kind, text: said } = onRequest(body, PATIENT).fails()
    expect(`${kind}: ${said}`).toMatch(/^(unreachable|memory)/)
    expect(said).toContain(text)
  })

  test('L22: a table that is deep may be returned, and is no verdict', () => {
    expectTrap(
      onRequest('local t = {} for _ = 1, 1e4 do t = { t } end return t'),
      'unreachable',
      'no verdict',
    )
    expectTrap(
      onRequest('local t = {} for _ = 1, 1e4 do t = { t } end return reply { properties = t }'),
      'unreachable',
    )
  })

  test('L23: a reply as wide as memory is beyond its budget', () => {
    expectTrap(
      onRequest('local p = {} for i = 1, 1000 do p[i] = { "k", "v" } end return reply { properties = p }', {
        limits: { answerBytesMax: 4_096 },
      }),
      'budget',
    )
    const trap = onRequest(
      'local p = {} for i = 1, 100 do p[i] = { "k", "v" } end return reply { properties = p }',
    ).fails()
    expect(trap).toMatchObject({ kind: 'budget', text: expect.stringContaining('100 properties') })
  })
})

describe('memory', () => {
  test('L17: string.rep beyond the quota is an error that may be caught', () => {
    expect(evaluate('select(2, pcall(string.rep, "x", 1 << 30))')).toBe('not enough memory')
    expect(evaluate('pcall(string.rep, "x", math.maxinteger)')).toBe('false')
    expectTrap(onRequest('return ("x"):rep(1 << 30)'), 'memory', 'not enough memory')
  })

  test('L18: doubling, then pcall for ever', () => {
    const guest = onRequest(
      'local s = "x" while true do pcall(function() while true do s = s .. s end end) end',
    )
    expectTrap(guest, 'fuel')
    expect(guest.instance.memoryBytes).toBeLessThanOrEqual(16 << 20)
  })

  test('L19: one that fills its memory takes nobody else’s', () => {
    const guest = onRequest(
      'kept = kept or {} local ok, e = pcall(function() while true do kept[#kept + 1] = ("xxxxxxxxxx"):rep(10000) .. #kept end end) log(e)',
      PATIENT,
    )
    expect(guest.ask()).toEqual([['log', 'info', 'not enough memory']])
    expect(guest.instance.memoryBytes).toBe(16 << 20)
    expect(victim.instance.memoryBytes).toBeLessThan(2 << 20)
  })

  test('a quota below what the interpreter begins with leaves that', () => {
    const guest = onRequest('pcall(string.rep, "x", 1 << 20)', { limits: { memoryBytesMax: 1 } })
    guest.ask()
    expect(guest.instance.memoryBytes).toBe(20 * 65_536)
  })

  test('a block that does not fit is a trap', () => {
    const guest = lua('reads = { body = true } function onRequest() end', {
      limits: { memoryBytesMax: 2 << 20 },
    })
    expect(guest.request({ body: Buffer.alloc(4 << 20) })).toMatchObject({ kind: 'memory' })
  })

  test('L21: the collector is not the plugin’s', () => {
    expect(evaluate('collectgarbage')).toBe('nil')
  })

  test('hundreds of interpreters that filled their memory give it back', async () => {
    setFlagsFromString('--expose-gc')
    const collect: () => void = runInNewContext('gc')
    const burst = (count: number) => {
      for (let i = 0; i < count; i++) onRequest('local s = "x" while true do s = s .. s end').fails()
    }
    const resident = async () => {
      // What is freed is returned by a thread of its own.
      for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve, 20, collect()))
      return process.memoryUsage.rss()
    }
    burst(20)
    const before = await resident()
    burst(200)
    expect((await resident()) - before).toBeLessThan(32 << 20)
  })
})

describe('what is said', () => {
  test('a flood of log lines is cut, and the call goes on', () => {
    const said = onRequest(
      'local long = ("x"):rep(5000) for i = 1, 1000 do log(long) end for i = 1, 100 do counter("c") end',
    ).ask()
    expect(said.filter(([what]) => what === 'log')).toHaveLength(33)
    expect(said.filter(([what]) => what === 'count')).toHaveLength(33)
    expect(String(said[0]?.[2])).toHaveLength(1_028)
  })

  test('edits without end are beyond the budget', () => {
    expectTrap(onRequest('local v = ("x"):rep(60000) while true do mutation.set("a", v) end'), 'budget')
    const guest = onRequest('while true do pcall(mutation.set, "a", "b") end', PATIENT)
    expect(guest.fails().kind).toBe('budget')
  })

  test('a body that is too large is beyond the budget', () => {
    const limits = { memoryBytesMax: 64 << 20, fuelPerCall: 2 ** 31 - 1 }
    expect(onRequest('mutation.body(("xxxxxxxx"):rep(1 << 20))', { limits }).fails().kind).toBe('budget')
    expect(onRequest('mutation.body(("xxxxxxxx"):rep(1 << 17) .. "x")', { limits }).fails()).toMatchObject({
      kind: 'budget',
    })
  })

  test('a key with a line break is wrong', () => {
    expect(onRequest('mutation.set("a\\r\\nX: y", "z")').fails()).toMatchObject({ kind: 'abi' })
  })

  test('verdicts made by hand are checked like any other', () => {
    for (const verdict of [
      '{ verdict = "error", error = 99, text = "x" }',
      '{ verdict = "error" }',
      '{ verdict = "forward", timeout = -1 }',
      '{ verdict = "reply", message = { properties = {}, count = 3 } }',
      '{ verdict = "reply", message = { properties = {}, count = math.maxinteger } }',
      '{ verdict = "pause", ms = 1e300 }',
      '{ verdict = "pause", ms = 0 / 0, 1 }',
      'setmetatable({}, { __index = error })',
    ]) {
      const said = onRequest(`return ${verdict}`).request()
      if (!(said instanceof Trap)) expect(JSON.stringify(said)).toBe('[["verdict",{"kind":"pause","ms":0}]]')
    }
  })
})

describe('errors', () => {
  test.each(luaAttacks.failing)('%s', (_name, body) => {
    const trap = onRequest(body).fails()
    expect(trap.kind).toBe('unreachable')
    expect(trap.text.length).toBeLessThanOrEqual(2_048)
  })

  test('L35: a __tostring that loops is stopped', () => {
    expectTrap(
      onRequest('error(setmetatable({}, { __tostring = function() while true do end end }))'),
      'fuel',
    )
  })

  test('L31, L51: what pcall answers is a text, and nothing of the host is in it', () => {
    const errors = onRequest(`
      local functions = { metadata.get, mutation.set, reply, forward, pause, call, counter, log.info }
      for _, f in ipairs(functions) do
        for _, v in ipairs { {}, 0/0, -1, math.huge, print, false } do
          local ok, e = pcall(f, v, v, v)
          if not ok and type(e) ~= "string" then log("no text: " .. type(e)) end
          if not ok and (e:find("/", 1, true) or e:find("%.ts") or e:find("Error:")) then log(e) end
        end
      end
      local ok, e = pcall(metadata.get) if type(e) ~= "string" or type(e.constructor) ~= "nil" then log("reached") end`)
    expect(
      errors
        .ask()
        .filter(([what]) => what === 'log')
        .map(([, , text]) => text)
        .filter((text) => /reached|no text|\.ts|Error:/.test(String(text))),
    ).toEqual([])
  })
})

/** Names that lead to each other, by which an error message is made. */
const names = Array.from({ length: 190 }, (_, index) => `local n${index + 1} = n${index}`).join(' ')

describe('what was mended in later versions of Lua than this one', () => {
  test.each([
    ['a name that is looked for through two hundred others', `local n0 = nil ${names} n190.x = 1`],
    [
      'texts with zeros at their ends that are compared',
      'for i = 0, 500 do local a, b = ("a\\0"):rep(i) .. "b", ("a\\0"):rep(i) local _ = a < b, b <= a, a == b end',
    ],
    [
      'assignments through tables that are collected meanwhile',
      `local function chain(n) local t = {} for i = 1, n do t = setmetatable({}, { __newindex = t }) end return t end
      for i = 1, 200 do
        local t = chain(50)
        local top = setmetatable({}, { __newindex = function(_, k, v) t = nil for j = 1, 200 do local _ = { {} } end chain(50)[k] = v end })
        top.x = { {} }
      end`,
    ],
    [
      'a text that is put together from many long ones',
      `local s = ("x"):rep(1 << 20) return ${Array(150).fill('s').join(' .. ')}`,
    ],
    ['a text whose length would not fit', 'local s = ("x"):rep(1 << 16) return (s .. s):rep((1 << 31) - 1)'],
  ])('L42: %s stays within its own interpreter', (_name, body) => {
    const answer = onRequest(body).request()
    expect(answer === undefined || answer instanceof Trap || answer instanceof Uint8Array).toBe(true)
  })
})
