/** What an author of a codec in JavaScript sees, in a process of its own. */
import { afterEach, describe, expect, test } from 'vitest'
import { ManualClock } from '../../../../core/base/clock.ts'
import { bareGrants, grantBits } from '../../../../core/guest/grant.ts'
import { createJsModule } from '../../../../core/guest/js/create-js-module.ts'
import { prepareGuest } from '../../../../core/guest/prepare-guest.ts'
import { Trap } from '../../../../core/guest/trap.ts'
import { ByteWriter, type Codec, type Direction, Mutation } from '../../../../sdk/index.ts'
import { Collected } from '../../../support/collected.ts'
import { eventually } from '../../../support/eventually.ts'
import { guestCodec, type MadeCodec } from '../../../support/guest-codec.ts'

const closers: (() => void)[] = []

afterEach(() => {
  for (const close of closers.splice(0)) close()
})

const ENDING = 'export function encodeError(request, error, w) { w.text(error.text) }'
const FIFO = `export const codec = { correlation: 'fifo', writes: true }\n${ENDING}\n`

async function made(source: string, grants = bareGrants): Promise<MadeCodec> {
  const module = createJsModule({ name: 'test.codec.js', file: Buffer.from(source), codec: true })
  if (module instanceof Trap) throw new Error(module.text)
  closers.push(() => module.close())
  const fault = await prepareGuest(module, [{}], { grants, clock: { nowMs: 0, wallMs: 0 } })
  if (fault !== undefined) throw new Error(fault.text)
  const codec = await guestCodec(module, {}, undefined, grants)
  closers.push(() => Reflect.apply(Reflect.get(codec.codec, 'close'), codec.codec, []))
  return codec
}

async function read(codec: Codec, bytes: Buffer, direction: Direction = 'request'): Promise<Collected> {
  const collected = new Collected(codec, direction).give(bytes)
  await eventually(() => (collected.decoder.unseenBytes ?? 0) === 0, 'everything is read')
  return collected
}

/** The properties of the frame that `decode` makes of some bytes. */
async function properties(decode: string, bytes: Buffer): Promise<readonly string[]> {
  const { codec } = await made(
    `${FIFO}export function decode(r) { const said = []; ${decode}
      return message({ kind: 'request', properties: said.map((each) => ['said', each]) }) }`,
  )
  const { messages, lines } = await read(codec, bytes)
  const said = messages.flatMap((message) => message.getAll('said'))
  return said.length > 0 ? said : lines
}

async function written(encode: string, mutate: (mutation: Mutation) => void) {
  const { codec } = await made(
    `${FIFO}export function decode(r) { r.bytes(8); return message({ kind: 'request', properties: { n: 1 } }) }
     export function encode(message, mutation, w) { ${encode} }`,
  )
  const [message] = (await read(codec, Buffer.from('12345678'))).messages
  if (message === undefined) throw new Error('there is no message')
  message.mutation = new Mutation()
  mutate(message.mutation)
  await new Promise<void>((done) => {
    if (codec.prepare?.({ kind: 'message', message }, done) !== false) done()
  })
  const out = new ByteWriter()
  return codec.encode(message, 0, 0, out) ?? out.toBuffer().toString('hex')
}

test('a codec is told the time when it was granted the clock', async () => {
  const source = `${FIFO}export function decode(r) {
    r.u8()
    return message({ kind: 'request', properties: { at: Date.now() } })
  }`
  const granted = await made(source, bareGrants | grantBits.clock)
  const { clock } = granted.runtime
  if (clock instanceof ManualClock) clock.advance(86_400_000)
  const [message] = (await read(granted.codec, Buffer.from('x'))).messages
  expect(message?.get('at')).toBe('86400000')
  const { lines } = await read((await made(source)).codec, Buffer.from('x'))
  expect(lines.join()).toContain('the time needs a grant: add "clock"')
})

describe('the reader', () => {
  test('reads numbers of every width, in both orders', async () => {
    const bytes = Buffer.from(
      '01020304050607 ff fffe 80000000 00000000000000ff ffffffffffffffff'.replaceAll(' ', ''),
      'hex',
    )
    const code = `said.push(r.u8(), r.u16(), r.u24le(), r.u8(), r.i8(), r.i16(), r.i32(), r.u64(), r.i64le(), r.at, r.left)`
    expect(await properties(code, bytes)).toEqual([
      '1',
      '515',
      String(0x060504),
      '7',
      '-1',
      '-2',
      '-2147483648',
      '255',
      '-1',
      '30',
      '0',
    ])
  })

  test('reads numbers in groups of 7 bits, exactly or not at all', async () => {
    const code = 'said.push(r.varint(), r.zigzag(), r.varint64(), r.zigzag64())'
    const wide = 'ffffffffffffffffff01'
    expect(await properties(code, Buffer.from(`ac02 03 ${wide} 01`.replaceAll(' ', ''), 'hex'))).toEqual([
      '300',
      '-2',
      '18446744073709551615',
      '-1',
    ])
    expect(await properties('said.push(r.varint())', Buffer.from(wide, 'hex'))).toEqual([
      'malformed header: a number of more than 53 bits',
    ])
  })

  test('reads texts, bytes and lines, and sums of them', async () => {
    const code = `const bytes = r.bytes(3); said.push(r.line(9), r.text(2), bytes, crc32('123456789'), adler32('Wikipedia'), fnv1a('a'))`
    expect(await properties(code, Buffer.from('abcline\r\nxy'))).toEqual([
      'line',
      'xy',
      'abc',
      String(0xcbf43926),
      String(0x11e60398),
      String(0xe40c292c),
    ])
    expect(await properties('r.line(3)', Buffer.from('abcdef\n'))).toEqual([
      'malformed frame_size: a line of more than 3 bytes',
    ])
  })

  test('keeps a state for each connection', async () => {
    const { codec } = await made(
      `${FIFO}export function decode(r) { const seen = r.state ?? 'nothing'; r.state = r.text(1)
         return message({ kind: 'request', operation: seen }) }`,
    )
    const { messages } = await read(codec, Buffer.from('ab'))
    expect(messages.map(({ operation }) => operation)).toEqual(['nothing', 'a'])
    expect((await read(codec, Buffer.from('c'))).messages[0]?.operation).toBe('nothing')
  })

  test('is asked about a frame that came in pieces, which counts as unseen until it has answered', async () => {
    const { codec } = await made(
      `${FIFO}export function decode(r) { return message({ kind: 'request', operation: r.text(r.u8()) }) }`,
    )
    const collected = await read(codec, Buffer.from('\x05he'))
    expect(collected.messages).toEqual([])
    collected.give('llo')
    expect(collected.decoder.unseenBytes).toBe(6)
    await eventually(() => collected.messages.length === 1, 'the frame')
    expect(collected.messages[0]?.operation).toBe('hello')
    expect(collected.decoder.unseenBytes).toBe(0)
  })

  test('may refuse a frame, or read everything there is at once', async () => {
    const { codec } = await made(
      `${FIFO}export function decodeChunk(bytes, sink) {
         let at = 0
         for (; at + 2 <= bytes.length; at += 2) {
           if (bytes[at] === 0x21) sink.refused('too loud', { kind: 'request', size: 2 })
           else sink.message({ kind: 'request', size: 2, operation: textOf(bytes.subarray(at, at + 2)) })
         }
         if (at < bytes.length) sink.need(2)
       }`,
    )
    const { messages, lines } = await read(codec, Buffer.from('ab!!cd'))
    expect(messages.map(({ operation }) => operation)).toEqual(['ab', 'cd'])
    expect(lines).toContainEqual(expect.stringMatching(/^refused request .*: too loud$/))
  })
})

describe('the writer', () => {
  test.each([
    [
      'numbers',
      'w.u16(1).u16le(1).i8(-1).u64(1n).varint(300).zigzag(-2)',
      '00010100ff0000000000000001ac0203',
    ],
    ['ranges of the frame', 'w.u8(1).keep(2, 3).u8(2)', '0133343502'],
    ['lengths that are known later', "w.u8(0); w.text('abc'); w.u8At(0, w.at)", '04616263'],
    [
      'edits',
      "w.text(message.properties.flat().join(' ')).text(mutation.edits[0].op)",
      '6e2031206b2076736574',
    ],
    ['lines of log between', "w.u8(1); log('between'); w.u8(2)", '0102'],
    ['what does not fit', 'w.u8(256)', 'u8 does not hold 256'],
    ['a sentence', 'w.u8(1); return "k is too long"', 'k is too long'],
    [
      'a number that is none',
      "w.u8(message.number('k', 0, 9))",
      '"k" has to be one whole number from 0 to 9',
    ],
  ])('writes %s', async (_name, encode, expected) => {
    expect(await written(encode, (mutation) => mutation.set('k', 'v'))).toBe(expected)
  })
})

describe('a greeting', () => {
  const GREETING = `export const codec = { correlation: 'fifo', affinity: true, pushes: true }
    ${ENDING}
    export function encodePreface(direction, w) { w.text(direction === 'request' ? 'READY' : 'HELLO') }
    export function decode(r) {
      if (r.state === undefined) {
        r.state = 'greeted'
        r.magic(r.direction === 'request' ? 'HELLO' : 'READY')
        return passed()
      }
      const operation = r.line()
      if (operation !== 'listen') return message({ kind: r.direction, operation })
      return message({ kind: r.direction, operation, affinity: 'own', waitMs: Infinity })
    }`

  test('is what each side begins with, and no message', async () => {
    const { codec } = await made(GREETING)
    const said = (['request', 'response'] as const).map((direction) => {
      const out = new ByteWriter()
      codec.encodePreface?.(direction, out)
      return out.toBuffer().toString()
    })
    expect(said).toEqual(['READY', 'HELLO'])
    expect((await read(codec, Buffer.from('HELLOone\ntwo\n'))).lines).toEqual([
      'request 0 one',
      'request 0 two',
    ])
    expect((await read(codec, Buffer.from('READYone\n'), 'response')).lines).toEqual(['response 0 one'])
    expect((await read(codec, Buffer.from('one\n'))).lines[0]).toMatch(/^malformed magic/)
  })

  test('may come in pieces', async () => {
    const { codec } = await made(GREETING)
    const collected = new Collected(codec)
    for (const part of ['HE', 'LLOo', 'ne', '\n']) {
      collected.give(part)
      await eventually(() => (collected.decoder.unseenBytes ?? 0) === 0, 'everything is read')
    }
    expect(collected.messages.map(({ operation }) => operation)).toEqual(['one'])
  })

  test('has its counterpart: who takes leave is answered, once that is written', async () => {
    const { codec } = await made(
      `${FIFO}export function decode(r) { r.line(); return message({ kind: 'drain' }) }
       export function encodeDrainReply(drain, w) { w.text('bye, ' + textOf(drain.bytes)) }`,
    )
    const [drain] = (await read(codec, Buffer.from('bob\n'))).messages
    if (drain === undefined) throw new Error('there is no message')
    await new Promise<void>((done) => {
      if (codec.prepare?.({ kind: 'drain-reply', drain }, done) !== false) done()
    })
    const out = new ByteWriter()
    codec.encodeDrainReply?.(drain, out)
    expect(out.toBuffer().toString()).toBe('bye, bob\n')
  })

  test('goes before messages that say which connection they need', async () => {
    const { codec } = await made(GREETING)
    const { messages } = await read(codec, Buffer.from('HELLOone\nlisten\n'))
    expect(messages.map(({ affinity, waitMs }) => [affinity, waitMs])).toEqual([
      ['shared', 0],
      ['own', Number.POSITIVE_INFINITY],
    ])
    expect(codec.createReplySorter).toBeDefined()
    const { codec: undeclared } = await made(
      `${FIFO}export function decode(r) { r.line(); return message({ kind: 'request', affinity: 'own' }) }`,
    )
    expect((await read(undeclared, Buffer.from('x\n'))).lines[0]).toMatch(/declare it/)
  })
})

describe('a failure', () => {
  test('ends its connection with file and line, and no other', async () => {
    const { codec } = await made(
      `${FIFO}export function decode(r) {\n if (r.u8() === 0) null.x\n return message({ kind: 'request' }) }`,
    )
    const failed = await read(codec, Buffer.from([1, 0]))
    expect(failed.lines.join()).toMatch(/^malformed unexpected: .*test\.codec\.js:4: TypeError/)
    expect((await read(codec, Buffer.from([1, 1]))).messages).toHaveLength(2)
  })

  test('that is a loop ends its connection, and no other', async () => {
    const { codec } = await made(
      `${FIFO}export function decode(r) { if (r.u8() === 0) for (;;);\n return message({ kind: 'request' }) }`,
    )
    expect((await read(codec, Buffer.from([0]))).lines.join()).toMatch(/longer than it may/)
    expect((await read(codec, Buffer.from([1, 1]))).messages).toHaveLength(2)
  })

  test.each([
    ['says nothing about its protocol', ENDING, 'the codec says nothing about its protocol'],
    ['cannot read', FIFO, 'the codec exports no function decode'],
    [
      'cannot answer',
      "export const codec = { correlation: 'fifo' }\nexport function decode() {}",
      'encodeError',
    ],
    ['sniffs', `${FIFO}export function decode() {}\nexport function sniff() {}`, 'is told by its magic'],
    [
      'says what nobody knows',
      `export const codec = { corelation: 'id' }\n${ENDING}`,
      'knows no "corelation"; known: correlation idBits ',
    ],
    [
      'does not say where ids are',
      `export const codec = { correlation: 'id', idBits: 32 }\n${ENDING}\nexport function encode() {}\nexport function decode() {}`,
      'idAt',
    ],
  ])('of a codec that %s is told before it is used', async (_name, source, reason) => {
    await expect(made(source)).rejects.toThrow(reason)
  })
})
