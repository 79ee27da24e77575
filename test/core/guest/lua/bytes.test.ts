/** Every byte passes as it is, in both directions, and so does every bit of an id. */
import { describe, expect, test } from 'vitest'
import { evaluate, lua, onRequest } from './lua-guest.ts'

const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_item, index) => index))

describe('L45: texts are bytes', () => {
  test.each([
    ['NUL and a stray byte', Buffer.from([0x61, 0, 0x62, 0xff])],
    ['every byte', EVERY_BYTE],
    ['nothing', Buffer.alloc(0)],
    ['an overlong form and a surrogate', Buffer.from([0xc0, 0x80, 0xed, 0xa0, 0x80])],
    ['a long value', Buffer.alloc(60_000, EVERY_BYTE)],
  ])('%s', (_name, value) => {
    const guest = onRequest('local v = metadata.get("a") mutation.set("b", v) log(#v)')
    expect(guest.ask({ properties: { a: value } })).toEqual([
      ['log', 'info', String(value.length)],
      ['set', 'b', value.toString('hex')],
    ])
  })

  test('a body', () => {
    const guest = lua('reads = { body = true } function onRequest(m, mutation) mutation.body(m.body) end')
    const body = Buffer.alloc(200_000, EVERY_BYTE)
    expect(guest.ask({ body })).toEqual([['body', body.toString('hex')]])
  })

  test('a key that is longer than those Lua keeps once only', () => {
    const key = 'k'.repeat(200)
    const guest = onRequest(`log(metadata.get("${key}"), metadata.get("k" .. ("k"):rep(199)))`)
    expect(guest.ask({ properties: { [key]: 'v' } })).toEqual([['log', 'info', 'v\tv']])
  })

  test('a key that is not ASCII', () => {
    expect(onRequest('log(metadata.get("é"))').ask({ properties: { é: 'v' } })).toEqual([
      ['log', 'info', 'v'],
    ])
  })

  test('keys keep their case', () => {
    expect(onRequest('log(metadata.get("A"))').ask({ properties: { A: 'v' } })).toEqual([
      ['log', 'info', 'v'],
    ])
    expect(onRequest('log(metadata.get("A"))').ask({ properties: { a: 'v' } })).toEqual([
      ['log', 'info', 'nil'],
    ])
  })
})

describe('L46: ids and whole numbers are exact', () => {
  test.each(['0', '9007199254740993', '9223372036854775807', '9223372036854775808', '18446744073709551615'])(
    'id %s',
    (id) => {
      expect(onRequest('log(metadata.requestId)').ask({ id })).toEqual([['log', 'info', id]])
    },
  )

  test('an id that is a text', () => {
    expect(onRequest('log(metadata.requestId)').ask({ idText: 'a\u0000b' })).toEqual([
      ['log', 'info', 'a\0b'],
    ])
  })

  test('numbers of Lua become texts as Lua writes them', () => {
    const guest = onRequest('mutation.set("a", math.maxinteger) mutation.set("b", 0.5)')
    const texts = guest.ask().map(([, , hex]) => Buffer.from(String(hex), 'hex').toString())
    expect(texts).toEqual(['9223372036854775807', '0.5'])
    expect(evaluate('0x7fffffffffffffff + 0')).toBe('9223372036854775807')
  })

  test('the smallest status', () => {
    expect(onRequest('log(metadata.status)').ask({ status: -2_147_483_648 })).toEqual([
      ['log', 'info', '-2147483648'],
    ])
  })
})

describe('L33, L34: names that mean something elsewhere', () => {
  test('__proto__, constructor and then are keys like any other', () => {
    const properties = Object.fromEntries([
      ['constructor', 'c'],
      ['then', 't'],
    ])
    const guest = onRequest(
      'log(metadata.get("__proto__"), metadata.get("constructor"), metadata.get("then")) mutation.set("__proto__", "x")',
    )
    expect(guest.ask({ properties })).toEqual([
      ['log', 'info', 'nil\tc\tt'],
      ['set', '__proto__', '78'],
    ])
    expect(Object.hasOwn(Object.prototype, 'allow')).toBe(false)
  })

  test('a table that a handler returns is data or an error', () => {
    for (const table of [
      '["then"] = function() end',
      '["__proto__"] = { verdict = "drop" }',
      'verdict = {}',
    ]) {
      expect(onRequest(`return { ${table} }`).fails().text).toContain('which is no verdict')
    }
  })
})
