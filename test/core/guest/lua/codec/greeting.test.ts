import { describe, expect, test } from 'vitest'
import { greets } from '../../../../conformance/greets.ts'
import { Collected } from '../../../../support/collected.ts'
import { guestCodec, later, luaCodec, luaModule } from '../../../../support/guest-codec.ts'
import { prefaceOf } from '../../../../support/preface-of.ts'

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

greets('Lua', async () => luaModule(GREETING))

describe('a greeting', () => {
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

test('a codec that says nothing of all this declares nothing of it', async () => {
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
