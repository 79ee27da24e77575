import { describe, expect, test } from 'vitest'
import { errorTable, isErrorKind } from '../../../sdk/index.ts'
import { codec, commands, Feed, reply, written } from './wire.ts'

const [request] = commands('GET a')
if (request === undefined) throw new Error('no request')
const get = request

test.each(Object.keys(errorTable).filter(isErrorKind))('%s is one line that names it', (kind) => {
  const line = written((out) => codec.encodeError(get, { kind, text: 'first\r\n+second' }, out))
  const message = reply(line)
  expect(message.kind).toBe('error')
  expect(message.get('error')).toMatch(/^[A-Z]+$/)
  expect(message.get('text')).toContain(`weir: ${kind}: first +second`)
  expect(message.size).toBe(line.length)
})

describe('a reply that a filter makes', () => {
  const made = (properties: [string, string][], body?: string) => {
    let problem: string | undefined
    const bytes = written((out) => {
      const reply = { properties, body: body === undefined ? undefined : Buffer.from(body) }
      problem = codec.encodeReply(get, reply, out)
    })
    return problem ?? bytes
  }

  test.each([
    [[], undefined, '+OK\r\n'],
    [[], 'hi', '$2\r\nhi\r\n'],
    [[['type', 'simple']], 'hi\r\nthere', '+hi there\r\n'],
    [[['type', 'integer']], '-42', ':-42\r\n'],
    [[['type', 'null']], undefined, '$-1\r\n'],
    [[['type', 'error']], 'ERR no', '-ERR no\r\n'],
    [[['type', 'integer']], 'x', 'the body of an integer is its digits'],
  ] satisfies [[string, string][], string | undefined, string][])(
    '%j and %j: %j',
    (properties, body, expected) => {
      expect(made(properties, body)).toBe(expected)
    },
  )

  test('of another type or with another property is refused by name', () => {
    expect(made([['type', 'map']])).toContain('"map"')
    expect(made([['ttl', '5']])).toContain('"ttl"')
  })
})

test('whoever takes leave is told OK', () => {
  const [leave] = new Feed().give('quit\r\n').messages
  expect(leave?.kind).toBe('drain')
  if (leave !== undefined) expect(written((out) => codec.encodeDrainReply(leave, out))).toBe('+OK\r\n')
})

test.each([
  ['*', 'more'],
  ['*3', 'yes'],
  ['*0', 'no'],
  ['', 'more'],
  ['PING', 'no'],
])('%j is told to be Redis: %s', (bytes, answer) => {
  expect(codec.sniff(Buffer.from(bytes))).toBe(answer)
})
