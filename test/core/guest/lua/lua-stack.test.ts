/** What host functions are called with and what they answer, read and written where Lua's stack lies. */
import { describe, expect, test } from 'vitest'
import { lua, onRequest } from './lua-guest.ts'

const hex = (text: string) => Buffer.from(text).toString('hex')

describe('texts that functions are called with', () => {
  test.each([
    ['of no bytes', '""', ''],
    ['short', '"v"', 'v'],
    ['of the longest that is there once only', '("v"):rep(40)', 'v'.repeat(40)],
    ['longer than that', '("v"):rep(41)', 'v'.repeat(41)],
    ['very long', '("v"):rep(60000)', 'v'.repeat(60_000)],
    ['whole numbers', '-17', '-17'],
    ['other numbers', '1.5', '1.5'],
  ])('%s', (_what, value, said) => {
    expect(onRequest(`mutation.set("k", ${value})`).ask()).toEqual([['set', 'k', hex(said)]])
    expect(onRequest(`mutation:add("k", ${value})`).ask()).toEqual([['add', 'k', hex(said)]])
  })

  test.each([
    '',
    '"k"',
    '"k", nil',
    '"k", {}',
    '"k", true',
    'nil, "v"',
    '{}, {}',
    'mutation',
    'mutation, "k"',
  ])('mutation.set(%s) lacks one', (given) => {
    expect(onRequest(`mutation.set(${given})`).fails().text).toContain('is no text: write mutation.set')
  })

  test('what was left behind the last argument of another call is none', () => {
    const guest = onRequest('pcall(metadata.has, "a", "b") log(tostring(pcall(mutation.set, "k")))')
    expect(guest.ask()).toEqual([['log', 'info', 'false']])
  })

  test('in a coroutine, and as a method', () => {
    const guest = lua(`reads = { "a" }
      function onRequest(metadata, mutation)
        coroutine.wrap(function(...) mutation:set(..., metadata:get("a")) end)("k")
      end`)
    for (const a of ['x', 'x', 'yy']) expect(guest.ask({ properties: { a } })).toEqual([['set', 'k', hex(a)]])
  })
})

describe('values that come again', () => {
  const echo = () =>
    lua(`reads = { "a", "b" } local before
      function onRequest(metadata, mutation)
        local a, b = metadata.get("a"), metadata.get("b")
        mutation.set("a", a) mutation.set("b", b or "none") mutation.set("before", before or "none") before = a
      end`)

  test('are the texts that they are, whichever came before', () => {
    const guest = echo()
    const sizes = [0, 1, 2, 3, 4, 5, 7, 8, 9, 39, 40, 41, 200]
    const values = sizes.flatMap((size) => [
      'x'.repeat(size),
      `y${'x'.repeat(size)}`.slice(0, size),
      `${'x'.repeat(size)}y`.slice(-size),
    ])
    let before = 'none'
    for (const [index, a] of [...values, ...values, ...values.toReversed()].entries()) {
      const b = values[(index * 7) % values.length] ?? ''
      for (let times = 0; times < 3; times++) {
        expect(guest.ask({ properties: { a, b } })).toEqual([
          ['set', 'a', hex(a)],
          ['set', 'b', hex(b)],
          ['set', 'before', hex(before)],
        ])
        before = a
      }
    }
  })

  test('stay what they were while garbage is collected', () => {
    const guest = lua(`reads = { "a", "b" } local n = 0
      function onRequest(metadata, mutation)
        for i = 1, 200 do local _ = ("g" .. n .. i):rep(3) end
        n = n + 1
        mutation.set(metadata.get("a"), metadata.get("b"))
      end`)
    for (let i = 0; i < 600; i++) {
      const [a, b] = [`key-${i >>> 4}`, `value-${i >>> 5}`]
      expect(guest.ask({ properties: { a, b } })).toEqual([['set', a, hex(b)]])
    }
  })

  test('of more keys than are kept are right as well', () => {
    const keys = Array.from({ length: 40 }, (_, i) => `key${i}`)
    const guest = lua(`reads = { ${keys.map((key) => `"${key}"`).join(', ')} }
      function onRequest(metadata, mutation)
        for _, key in ipairs(reads) do mutation.set(key, metadata.get(key) or "none") end
      end`)
    for (const round of [1, 1, 2, 2]) {
      const properties = Object.fromEntries(
        keys.filter((_, i) => i % 3 > 0).map((key) => [key, `${key}-${round}`]),
      )
      expect(guest.ask({ properties })).toEqual(
        keys.map((key) => ['set', key, hex(properties[key] ?? 'none')]),
      )
    }
  })

  test('of a request and of its reply are not taken for each other', () => {
    const guest = lua(`reads = { "a", request = true }
      function onResponse(metadata, mutation)
        mutation.set("k", metadata.get("a") .. metadata.request.get("a") .. metadata.get("a"))
      end`)
    for (const [a, b] of [
      ['1', '2'],
      ['1', '2'],
      ['2', '1'],
      ['2', '2'],
    ] as const) {
      const said = guest.response({ properties: { a }, companion: { properties: { a: b } } })
      expect(said).toEqual([['set', 'k', hex(a + b + a)]])
    }
  })

  test('of one key are told one by one', () => {
    const guest = lua(`reads = { "a" }
      function onRequest(metadata, mutation)
        mutation.set("all", table.concat(metadata.getAll("a"), ",")) mutation.set("first", metadata.get("a"))
      end`)
    for (const a of [
      ['1', '2', '3'],
      ['1', '2', '3'],
      ['3', '2', '1'],
    ])
      expect(guest.ask({ properties: { a } })).toEqual([
        ['set', 'all', hex(a.join(','))],
        ['set', 'first', hex(a[0] ?? '')],
      ])
  })
})
