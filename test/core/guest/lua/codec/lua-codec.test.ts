import { describe, expect, test } from 'vitest'
import { ByteWriter, type Codec, type Message, Mutation } from '../../../../../sdk/index.ts'
import { Collected } from '../../../../support/collected.ts'
import { guestCodec, luaCodec, luaModule } from '../../../../support/guest-codec.ts'

const FIFO = `codec { correlation = 'fifo', writes = true }
function encodeError(request, error, w) w:bytes('-' .. error.kind .. ' ' .. error.text .. '\\n') end
`
const IDS = `codec { correlation = 'id', idBits = 64, idAt = 0, writes = { 'n', 'k' } }
function encodeError(request, error, w) w:u64(request.id):u32(0) end
`

function decodeWith(body: string, head = FIFO): Promise<Codec> {
  return luaCodec(`${head}function decode(r) ${body} end`)
}

function writtenBy(
  codec: Codec,
  message: Message | undefined,
  id: readonly [number, number] = [0, 1],
): string {
  const out = new ByteWriter()
  if (message === undefined) throw new Error('there is no message')
  const problem = codec.encode(message, id[0], id[1], out)
  return problem ?? out.toBuffer().toString('hex')
}

describe('the reader', () => {
  test.each([
    ['u8', 'ff', '255'],
    ['i8', 'ff', '-1'],
    ['u16', '0102', '258'],
    ['u16le', '0102', '513'],
    ['i16', 'fffe', '-2'],
    ['i16le', 'feff', '-2'],
    ['u24', '010203', '66051'],
    ['u24le', '010203', '197121'],
    ['u32', 'fffffffe', '4294967294'],
    ['u32le', '01000000', '1'],
    ['i32', 'ffffffff', '-1'],
    ['i32le', 'ffffff7f', '2147483647'],
    ['u64', '0102030405060708', '72623859790382856'],
    ['u64le', '0100000000000080', '-9223372036854775807'],
    ['varint', 'ac02', '300'],
    ['varint', 'ffffffffffffffffff01', '-1'],
    ['zigzag', '03', '-2'],
  ])('reads %s from %s as %s, and waits for what is missing', async (name, hex, value) => {
    const codec = await decodeWith(`return message { kind = 'request', operation = r:${name}() }`)
    const bytes = Buffer.from(hex, 'hex')
    expect(new Collected(codec).give(bytes).lines).toEqual([`request 0 ${value}`])
    const slow = new Collected(codec)
    for (const byte of bytes) slow.give(Buffer.from([byte]))
    expect(slow.messages).toHaveLength(1)
  })

  test('begins a frame anew until it is whole, and decodes all that are there at once', async () => {
    const { codec, runtime } = await guestCodec(
      luaModule(
        `${FIFO}function decode(r) local n = r:u8() local s = r:bytes(n) return message { kind = 'request', operation = s } end`,
      ),
    )
    const got = new Collected(codec).give('\x03abc\x02de\x05f')
    expect(got.lines).toEqual(['request 0 abc', 'request 0 de', 'need 4'])
    expect(runtime.figure('plugin_calls_total', 'test.codec', 'answered')).toBe(1)
    expect(got.give('ghij').lines.at(-1)).toBe('request 0 fghij')
  })

  test('reads lines however they are cut', async () => {
    const codec = await decodeWith(
      `local line = r:line(20) return message { kind = 'request', operation = line }`,
    )
    const text = 'one\r\ntwo\n\nfour five\n'
    for (let cut = 0; cut <= text.length; cut++) {
      const got = new Collected(codec).give(text.slice(0, cut)).give(text.slice(cut))
      expect(got.messages.map(({ operation }) => operation)).toEqual(['one', 'two', '', 'four five'])
    }
    expect(new Collected(codec).give('x'.repeat(21)).lines).toEqual([
      expect.stringMatching(/^malformed frame_size/),
    ])
  })

  test('ends the connection at the first byte that is not the magic', async () => {
    const codec = await decodeWith(`r:magic('\\xda\\xbb') return message { kind = 'request' }`)
    expect(new Collected(codec).give('\xda').lines[0]).toMatch(/^malformed magic/)
    const bytes = Buffer.from('dabb', 'hex')
    expect(new Collected(codec).give(bytes.subarray(0, 1)).give(bytes.subarray(1)).messages).toHaveLength(1)
    expect(new Collected(codec).give(Buffer.from('dabc', 'hex')).lines[0]).toMatch(/^malformed magic/)
  })

  test('takes no number that nobody can mean', async () => {
    const endless = Buffer.alloc(11, 0xff)
    const varint = await decodeWith(`return message { kind = 'request', operation = r:varint() }`)
    expect(new Collected(varint).give(endless).lines[0]).toMatch(
      /^malformed header: a number of more than 64 bits/,
    )
    const negative = await decodeWith(`r:body(r:i32() - 100) return message { kind = 'request' }`)
    expect(new Collected(negative).give('\0\0\0\x01').lines[0]).toMatch(
      /^malformed frame_size: a body of -99 bytes/,
    )
  })

  test('keeps what a connection has said, apart from others', async () => {
    const codec = await decodeWith(`
      local word = r:bytes(2)
      local seen = r.state or ''
      r.state = seen .. word
      return message { kind = 'request', operation = seen .. '|' .. r.direction }`)
    const [one, two] = [new Collected(codec), new Collected(codec, 'response')]
    one.give('aabb')
    two.give('xx')
    one.give('cc')
    expect(one.messages.map(({ operation }) => operation)).toEqual(['|request', 'aa|request', 'aabb|request'])
    expect(two.messages.map(({ operation }) => operation)).toEqual(['|response'])
  })
})

describe('messages', () => {
  test('have ids of 64 bits, exactly', async () => {
    const codec = await decodeWith(`return message { kind = 'request', id = r:u64() }`, IDS)
    const got = new Collected(codec).give(Buffer.from('ffffffffffffffff8000000000000001', 'hex'))
    expect(got.messages.map(({ requestId }) => requestId)).toEqual([
      '18446744073709551615',
      '9223372036854775809',
    ])
    expect(writtenBy(codec, got.messages[0], [0xdead_beef, 0x0102_0304])).toBe('deadbeef01020304')
  })

  test('have ids that are texts', async () => {
    const codec = await luaCodec(`codec { correlation = 'id', idText = true, writes = {} }
      function decode(r) local n = r:u8() return message { kind = 'request', id = r:bytes(n) } end
      function encode(message, mutation, w) w:u8(#message.id):bytes(message.id) end
      function encodeError(request, error, w) w:u8(#request.id):bytes(request.id) end`)
    expect([codec.textIds, codec.idBits]).toEqual([true, 31])
    const [message] = new Collected(codec).give('\x04ab\0\x01').messages
    expect(message?.idText).toBe('ab\0\x01')
    const out = new ByteWriter()
    if (message !== undefined) codec.encode(message, 0, 0, out, '4711')
    expect(out.toBuffer().toString()).toBe('\x044711')
  })

  test('show their properties in their order, repeated ones too, and nothing twice', async () => {
    const codec = await decodeWith(`r:u8() return message { kind = 'request',
      properties = { { 'b', 'x' }, { 'a', { 1, 2.5 } }, { 'b', true }, { 'ä', '\\xff\\0' } } }`)
    const [message] = new Collected(codec).give('x').messages
    expect(message?.keys()).toEqual(['b', 'a', 'ä'])
    expect(['b', 'a', 'ä'].map((key) => message?.getAll(key))).toEqual([
      ['x', 'true'],
      ['1', '2.5'],
      ['\udcff\0'],
    ])
    expect([message?.get('b'), message?.get('c'), message?.has('a')]).toEqual(['x', undefined, true])
  })

  test('are the same in every instance where properties have no order', async () => {
    const source = `r:u8() return message { kind = 'request', properties = { z = 1, a = 2, m = 3, q = 4, b = 5 } }`
    for (let round = 0; round < 5; round++) {
      const [message] = new Collected(await decodeWith(source)).give('x').messages
      expect(message?.keys()).toEqual(['a', 'b', 'm', 'q', 'z'])
    }
  })

  test('may be refused, and what is behind them is read', async () => {
    const codec = await decodeWith(`local n = r:u8() r:body(n)
      if n > 3 then return refused('too many', message { kind = 'request' }) end
      return message { kind = 'request', operation = n }`)
    const got = new Collected(codec).give('\x05ab').give('cde\x01x')
    expect(got.lines).toEqual(['refused request 0: too many', 'need 3', 'request 0 1'])
  })

  test('with a body nobody looks at are waited for without asking again', async () => {
    const { codec, runtime } = await guestCodec(
      luaModule(`${FIFO}function decode(r) r:body(r:u32()) return message { kind = 'request' } end`),
    )
    const got = new Collected(codec, 'request', 200_000)
    got.give(Buffer.from('000186a0', 'hex'))
    for (let round = 0; round < 100; round++) got.give(Buffer.alloc(1_000, round))
    expect([got.messages[0]?.size, got.messages[0]?.bodySize]).toEqual([100_004, 100_000])
    expect(got.messages[0]?.body[99_999]).toBe(99)
    expect(runtime.figure('plugin_calls_total', 'test.codec', 'answered')).toBe(1)
  })
})

describe('what is written', () => {
  const ENCODING = `${IDS}
    function decode(r) local id, n = r:u64(), r:u32() r:body(n) return message { kind = 'request', id = id, properties = { n = n, k = 'v' } } end
    function encode(message, mutation, w)
      local at = w:u64(message.id).at
      w:u32(0):bytes(message:get('k') or '-'):keep(12, 1):bytes(message.body)
      w:u8(#mutation.edits):varint(300):zigzag(-2):i24le(-2)
      if message:has('n') then w:u16(message:number('n', 0, 100)) end
    end`
  const frame = Buffer.from(`${'00'.repeat(7)}07${'00000003'}616263`, 'hex')

  test('holds the edits, ranges of the frame and every kind of number', async () => {
    const codec = await luaCodec(ENCODING)
    const [message] = new Collected(codec).give(frame).messages
    if (message === undefined) throw new Error('there is no message')
    message.mutation = new Mutation()
    message.mutation.set('k', 'new')
    message.mutation.set('n', '5')
    message.mutation.body(Buffer.from('!'))
    expect(writtenBy(codec, message, [1, 2])).toBe('0000000100000002000000006e6577612102ac0203feffff0005')
  })

  test.each([
    [(m: Mutation) => m.set('n', '101'), '"n" has to be one whole number from 0 to 100'],
    [(m: Mutation) => m.add('n', '1'), '"n" has to be one whole number from 0 to 100'],
    [(m: Mutation) => m.set('n', 'x'), '"n" has to be one whole number from 0 to 100'],
    [(m: Mutation) => m.set('z', 'x'), '"z" cannot be changed: the codec of test cannot write it'],
  ])('is nothing at all where an edit does not fit', async (edit, problem) => {
    const codec = await luaCodec(ENCODING)
    const [message] = new Collected(codec).give(frame).messages
    if (message === undefined) throw new Error('there is no message')
    message.mutation = new Mutation()
    edit(message.mutation)
    expect(writtenBy(codec, message)).toContain(problem)
  })

  test('may be written over where a length is known later', async () => {
    const codec = await luaCodec(`${FIFO}
      function decode(r) r:u8() return message { kind = 'request', properties = { k = 'abc' } } end
      function encode(message, mutation, w)
        w:u8(1)
        local at = w.at
        w:u16(0):u32(0):bytes(message:get('k')):u16At(at, w.at):u32Atle(at + 2, 7)
      end`)
    const [message] = new Collected(codec).give('x').messages
    if (message === undefined) throw new Error('there is no message')
    message.mutation = new Mutation()
    message.mutation.add('k', 'z')
    expect(writtenBy(codec, message)).toBe('01000a07000000616263')
  })

  test('has sums of all kinds', async () => {
    const codec = await decodeWith(
      `local b = r:bytes(9) return message { kind = 'request', properties = { c = crc32(b), a = adler32(b), f = fnv1a(b) } }`,
    )
    const [message] = new Collected(codec).give('123456789').messages
    expect(['c', 'a', 'f'].map((key) => Number(message?.get(key)).toString(16))).toEqual([
      'cbf43926',
      '91e01de',
      'bb86b11c',
    ])
  })
})

describe('the raw way', () => {
  test('says frames, needs and ends by itself', async () => {
    const codec = await luaCodec(`${FIFO}
      function decodeChunk(bytes, sink)
        local at = 1
        while at <= #bytes do
          local size = bytes:byte(at)
          if size == 0 then return sink.malformed('header', 'nothing') end
          if at + size > #bytes + 1 then return sink.need(size) end
          sink.message { kind = sink.direction, size = size, operation = bytes:sub(at + 1, at + size - 1) }
          sink.state = bytes:sub(at, at)
          at = at + size
        end
      end`)
    const got = new Collected(codec).give('\x03ab\x02c\x04d')
    expect(got.lines).toEqual(['request 0 ab', 'request 0 c', 'need 2'])
    expect(got.give('ef\0').lines.slice(3)).toEqual(['request 0 def', 'malformed header: nothing'])
  })
})

describe('a codec that is not right', () => {
  test.each([
    ['', 'codec { correlation'],
    [`codec { correlation = 'ids' }`, `correlation is 'id', 'fifo' or 'exclusive'`],
    [`codec { correlation = 'fifo', idbits = 3 }`, 'knows no "idbits"; known: correlation, idBits, idText, '],
    [`codec { correlation = 'fifo' }`, 'no function decode'],
    [`codec { correlation = 'fifo' } decode = 1`, 'decode is no function'],
    [`codec { correlation = 'fifo' } function decode(r) end`, 'no function encodeError'],
    [`codec { correlation = 'id' } function decode(r) end function encodeError() end`, 'which kind of id'],
    [
      `codec { correlation = 'id', idBits = 65 } function decode(r) end function encodeError() end`,
      '1 to 64 bits',
    ],
    [
      `codec { correlation = 'id', idBits = 32, idSize = 3 } function decode(r) end function encodeError() end`,
      '32 bits of id in 3 bytes',
    ],
    [
      `codec { correlation = 'fifo' } function decode(r) end function encodeError() end function onConfigure(c) return 'no ' .. c.x end`,
      'no way',
    ],
    ['codec {', `test.codec.lua:1:`],
  ])('%j is refused with a reason', async (source, reason) => {
    await expect(guestCodec(luaModule(source), { x: 'way' })).rejects.toThrow(reason)
  })

  test.each([
    ['return nil', 'decode returned no message'],
    [`return message { kind = 'request' }`, 'decode read nothing'],
    [`r:u8() return message { kind = 'wish' }`, 'no message is of the kind "wish"'],
    [
      `r:u8() return message { kind = 'request', properties = { a = {} , b = print } }`,
      'the value of a property is a function',
    ],
    [`local x = r.nothing.more`, 'test.codec.lua:3:'],
    ['while true do end', 'spent its fuel'],
    [`local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1e6) end`, 'string.rep'],
    ['return decode(r) .. decode(r)', 'spent its fuel'],
    [`string.rep = nil r.text = nil return message { kind = 'request' }`, 'failed'],
  ])('costs the connection when it does %j', async (body, reason) => {
    const { codec, runtime } = await guestCodec(luaModule(`${FIFO}function decode(r) ${body} end`))
    const lines = new Collected(codec).give('abc').lines.join()
    expect(lines).toMatch(/^malformed unexpected: the codec failed/)
    expect(lines).toContain(reason)
    expect(runtime.figure('plugin_calls_total', 'test.codec', 'failed')).toBe(1)
  })
})
