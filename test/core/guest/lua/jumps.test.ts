/** Errors that end a handler: what is open on the stack is closed as `lua_pcall` closes it, and the trap says what was raised. */
import { describe, expect, test } from 'vitest'
import { onRequest, tryLua } from './lua-guest.ts'

/** A local that says when it is closed, and with which error. */
const closing = (name: string, more = '') =>
  `local ${name} <close> = setmetatable({}, { __close = function(_, e) log("${name}: " .. tostring(e)) ${more} end })`

describe('an error that ends a handler', () => {
  test('closes what is open from the last to the first, with the error', () => {
    const guest = onRequest(`${closing('a')} ${closing('b')} error("why", 0)`)
    expect(guest.fails().text).toMatch(/^why\nstack traceback:\n/)
    expect(guest.told).toHaveLength(2)
    expect(guest.told[0]).toMatch(/^b: why/)
    expect(guest.told[1]).toMatch(/^a: why/)
  })

  test('that is raised while closing takes the place of the first', () => {
    const guest = onRequest(`${closing('a')} ${closing('b', 'error("second", 0)')} error("first", 0)`)
    expect(guest.fails().text).toMatch(/^second\n/)
    expect(guest.told[1]).toMatch(/^a: second/)
  })

  test('has its traceback up to the handler', () => {
    const guest = onRequest('local function inner() error("deep") end\ninner()')
    expect(guest.fails().text).toBe(
      [
        'tag.lua:2: deep',
        'stack traceback:',
        "\t[C]: in function 'error'",
        "\ttag.lua:2: in local 'inner'",
        "\ttag.lua:3: in function 'onRequest'",
      ].join('\n'),
    )
  })

  test.each([
    ['a text', 'error("said", 0)', /^said\n/],
    ['nothing', 'error(nil)', /^nil/],
    [
      'a table that has a text',
      'error(setmetatable({}, { __tostring = function() return "told" end }))',
      /^told/,
    ],
    ['an error of Lua’s own', 'local x = nil x.y = 1', /^tag\.lua:2: attempt to index a nil value/],
    ['one of the host’s', 'metadata.get()', /the key is missing/],
    ['one in a coroutine', 'coroutine.wrap(function() error("inside", 0) end)()', /inside/],
    ['one that was caught and raised again', 'local _, e = pcall(error, "again", 0) error(e, 0)', /^again/],
    ['a yield to nobody', 'coroutine.yield()', /outside a coroutine/],
  ])('is told: %s', (_what, body, text) => {
    const guest = onRequest(`${closing('a')} ${body}`)
    expect(guest.fails()).toMatchObject({ kind: 'unreachable', text: expect.stringMatching(text) })
    expect(guest.told).toHaveLength(1)
  })

  test('of memory is one, also for what is closed', () => {
    const guest = onRequest(`${closing('a')} return ("x"):rep(1 << 30)`)
    expect(guest.fails().kind).toBe('memory')
    expect(guest.told).toEqual(['a: not enough memory'])
  })

  test('at the end of the stack leaves room to close what is open', () => {
    const guest = onRequest(
      `${closing('a', 'local function f(n) return n == 0 and "called" or (("x"):gsub("x", function() return f(n - 1) end)) end log(f(30))')}
      local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end return t.x`,
    )
    expect(guest.fails().text).toContain('C stack overflow')
    expect(guest.told).toHaveLength(2)
    expect(guest.told[1]).toBe('called')
  })

  test('while closing has no end is stopped by the fuel', () => {
    expect(onRequest(`${closing('a', 'while true do end')} error("x")`).fails().kind).toBe('fuel')
  })

  test('costs what it takes the host', () => {
    const guest = onRequest('error("x", 0)')
    guest.fails()
    // Raising it and writing its traceback takes the interpreter 170,000.
    expect(guest.instance.fuelUsed).toBeGreaterThan(200_000)
  })
})

describe('what ends a chunk or a verdict', () => {
  test('closes what is open likewise', () => {
    expect(tryLua(`${closing('a', 'error("closed " .. e, 0)')} error("chunk", 0)`)).toMatchObject({
      text: expect.stringMatching(/^closed chunk/),
    })
  })

  test('a wrong verdict is an error after the handler has returned', () => {
    expect(onRequest('return 5').fails().text).toMatch(/^tag\.lua: the handler returned a number/)
  })
})

test('errors that a plugin catches do not end its calls', () => {
  const guest = onRequest('for _ = 1, 50 do pcall(error, {}) end mutation.set("k", "v")')
  for (let i = 0; i < 50; i++) expect(guest.ask()).toEqual([['set', 'k', '76']])
})
