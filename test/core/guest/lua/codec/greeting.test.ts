import { describe, expect, test } from 'vitest'
import { ByteWriter, type Codec, type Direction, type Message } from '../../../../../sdk/index.ts'
import { Collected } from '../../../../support/collected.ts'
import { guestCodec, later, luaCodec, luaModule } from '../../../../support/guest-codec.ts'

/** A greeting of each side, then lines; a caller that has said `listen` is told what nobody asked for. */
const GREETING = `codec { correlation = 'fifo', affinity = true, pushes = true }
function encodePreface(direction, w) w:bytes(direction == 'request' and 'READY 1\\n' or 'HELLO 1\\n') end
function decode(r)
  if r.state == nil then
    r.state = 'greeted'
    r:magic(r.direction == 'request' and 'HELLO ' or 'READY ')
    r:line(8)
    return passed()
  end
  local line = r:line(100)
  if line == 'bye' then return message { kind = 'drain' } end
  local own = { listen = 'own', leave = 'release' }
  return message {
    kind = r.direction, operation = line, affinity = own[line], waitMs = line == 'listen' and math.huge or nil,
  }
end
function encodeDrainReply(drain, w) w:bytes('farewell\\n') end
function encodeError(request, error, w) w:bytes('ERR ' .. error.kind .. '\\n') end
`
const HEAD = `codec { correlation = 'fifo' }
function encodeError(request, error, w) w:bytes('ERR\\n') end
`

function prefaceOf(codec: Codec, direction: Direction): string {
  const out = new ByteWriter()
  codec.encodePreface?.(direction, out)
  return out.toBuffer().toString()
}

function first(codec: Codec, text: string): Message {
  const [message] = new Collected(codec).give(`HELLO 1\n${text}`).messages
  if (message === undefined) throw new Error('there is no message')
  return message
}

describe('a greeting', () => {
  test('is what each side begins with', async () => {
    const codec = await luaCodec(GREETING)
    expect([prefaceOf(codec, 'request'), prefaceOf(codec, 'response')]).toEqual(['READY 1\n', 'HELLO 1\n'])
  })

  test('is passed over once, however it is cut, and no message', async () => {
    const codec = await luaCodec(GREETING)
    const text = 'HELLO 1\none\ntwo\n'
    for (let cut = 0; cut <= text.length; cut++) {
      const got = new Collected(codec).give(text.slice(0, cut)).give(text.slice(cut))
      expect(got.messages.map(({ operation }) => operation)).toEqual(['one', 'two'])
    }
    const slow = new Collected(codec)
    for (const letter of text) slow.give(letter)
    expect(slow.messages).toHaveLength(2)
  })

  test('is asked for of every connection, in either direction', async () => {
    const codec = await luaCodec(GREETING)
    expect(new Collected(codec).give('one\n').lines[0]).toMatch(/^malformed magic/)
    expect(new Collected(codec, 'response').give('HELLO 1\n').lines[0]).toMatch(/^malformed magic/)
    expect(new Collected(codec, 'response').give('READY 1\none\n').lines).toEqual(['response 0 one'])
  })

  test('may say nothing on one side', async () => {
    const codec = await luaCodec(
      `${HEAD}function encodePreface(direction, w) if direction == 'response' then w:bytes('hi') end end
      function decode(r) return message { kind = r.direction, operation = r:line() } end`,
    )
    expect([prefaceOf(codec, 'request'), prefaceOf(codec, 'response')]).toEqual(['', 'hi'])
  })

  test('that is too long, or fails, costs its connection', async () => {
    const codec = await luaCodec(
      `${HEAD}function encodePreface(direction, w)
        if direction == 'response' then error('no') end
        w:bytes(('x'):rep(100000))
      end
      function decode(r) return message { kind = r.direction, operation = r:line() } end`,
    )
    expect(() => prefaceOf(codec, 'request')).toThrow(/failed/)
    expect(() => prefaceOf(codec, 'response')).toThrow(/failed/)
  })

  test('of a codec elsewhere is known before there is a connection', async () => {
    const { codec } = await guestCodec(later(luaModule(GREETING)))
    expect([prefaceOf(codec, 'request'), prefaceOf(codec, 'response')]).toEqual(['READY 1\n', 'HELLO 1\n'])
  })

  test('that a codec elsewhere cannot say keeps it from going live', async () => {
    const module = luaModule(
      `${HEAD}function encodePreface(direction, w) error('no') end
      function decode(r) return message { kind = r.direction, operation = r:line() } end`,
    )
    await expect(guestCodec(later(module))).rejects.toThrow(/what a connection begins with/)
  })

  test('is not sent to callers while the codec is left alone', async () => {
    const { codec: failing } = await guestCodec(
      luaModule(
        GREETING.replace("if line == 'bye'", "if line == 'fail' then error('no') end if line == 'bye'"),
      ),
    )
    for (let round = 0; round < 20; round++) new Collected(failing).give('HELLO 1\nfail\n')
    expect(new Collected(failing).give('HELLO 1\n').lines[0]).toMatch(/keeps failing/)
    expect([prefaceOf(failing, 'request'), prefaceOf(failing, 'response')]).toEqual(['', 'HELLO 1\n'])
  })
})

describe('a connection of its own', () => {
  test('is what a message says it needs, with how long it may wait', async () => {
    const codec = await luaCodec(GREETING)
    const told = ['listen', 'leave', 'other'].map((text) => {
      const { affinity, waitMs } = first(codec, `${text}\n`)
      return [affinity, waitMs]
    })
    expect(told).toEqual([
      ['own', Number.POSITIVE_INFINITY],
      ['release', 0],
      ['shared', 0],
    ])
  })

  test('gets what nobody asked for', async () => {
    const codec = await luaCodec(GREETING)
    const sorter = codec.createReplySorter?.()
    const [message] = new Collected(codec, 'response').give('READY 1\nnews\n').messages
    if (message === undefined || sorter === undefined) throw new Error('there is none')
    expect(sorter.unasked(message, undefined, false)).toBe(true)
    expect(sorter.unasked(message, undefined, true)).toBe(false)
    expect(sorter.unasked(message, message, false)).toBe(false)
  })

  test.each([
    ['it declares none', `affinity = 'own'`, '', /declare it, codec \{ affinity = true/],
    [
      'it does not exist',
      `affinity = 'mine'`,
      ', affinity = true',
      /affinity is 'shared', 'own' or 'release'/,
    ],
    ['its time is none', `waitMs = -1`, ', affinity = true', /waitMs is no number/],
  ])('is refused when %s', async (_name, said, declared, reason) => {
    const codec = await luaCodec(
      `${HEAD.replace(' }', `${declared} }`)}
      function decode(r) return message { kind = 'request', operation = r:line(), ${said} } end`,
    )
    expect(new Collected(codec).give('x\n').lines[0]).toMatch(reason)
  })
})

test('a caller that takes its leave is answered', async () => {
  const codec = await luaCodec(GREETING)
  const out = new ByteWriter()
  codec.encodeDrainReply?.(first(codec, 'bye\n'), out)
  expect(out.toBuffer().toString()).toBe('farewell\n')
  const without = await luaCodec(
    `${HEAD}function decode(r) return message { kind = 'request', operation = r:line() } end`,
  )
  expect([without.encodeDrainReply, without.encodePreface, without.createReplySorter]).toEqual(
    Array(3).fill(undefined),
  )
})

describe('decodeChunk', () => {
  test('passes bytes over, more than there are', async () => {
    const codec = await luaCodec(`${HEAD}function encodePreface(direction, w) end
      function decodeChunk(bytes, sink)
        if sink.state == nil then
          sink.state = 'greeted'
          sink.passed(5)
          return
        end
        sink.message { kind = 'request', size = #bytes, operation = bytes }
      end`)
    const got = new Collected(codec).give('abc')
    expect(got.lines).toEqual(['need 2'])
    expect(got.give('deone').lines.at(-1)).toBe('request 0 one')
  })
})
