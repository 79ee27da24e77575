/** Declared codecs and peers that mean no good: claims, depths, counts and lines without an end. */
import { describe, expect, it } from 'vitest'
import { type Codec, type DecoderSink, type Direction, Message } from '../../../sdk/index.ts'
import { schemaCodec } from './read-schema.ts'

/** What a decoder pushes, in words. */
class Told implements DecoderSink {
  readonly messages: Message[] = []
  readonly said: string[] = []

  message(message: Message): void {
    this.messages.push(message)
  }
  need(bytes: number): void {
    if (bytes > 0) this.said.push(`need ${bytes}`)
  }
  refused(message: Message, text: string): void {
    this.said.push(
      `refused ${message.kind} ${message.bytes.toString('latin1', message.start, message.end)}: ${text}`,
    )
  }
  malformed(code: string, text: string): void {
    this.said.push(`${code}: ${text}`)
  }
}

function decoded(codec: Codec, chunks: readonly (Buffer | string)[], direction: Direction = 'request'): Told {
  const told = new Told()
  const decoder = codec.createDecoder(direction, { bodyBytesMax: 1_000_000 })
  let received = 0
  let held = 0
  for (const chunk of chunks) {
    received += chunk.length
    decoder.decode(Buffer.from(chunk), told)
    held = Math.max(held, decoder.pendingBytes - received)
  }
  expect(held).toBeLessThanOrEqual(0)
  return told
}

const counted = 'fields:\n  - { name: headers, type: pairs, count: u16, key-size: u8, value-size: u8 }\n'

describe('a frame without a length', () => {
  it('is refused when it counts more pairs than are allowed', () => {
    const codec = schemaCodec('p', counted)
    expect(decoded(codec, [Buffer.from('ffff', 'hex')]).said).toEqual([
      'header: "headers" cannot be measured',
    ])
  })

  it('is refused when what tells its size is too long', () => {
    const texts = 'fields:\n  - { name: a, type: text, size: u16 }\n  - { name: b, type: text, size: u8 }\n'
    const { said } = decoded(schemaCodec('p', texts), [Buffer.from('f000', 'hex')])
    expect(said).toEqual(['header: what tells the size of a frame is too long'])
  })

  it('is whole however its pairs come, one byte at a time', () => {
    const frame = Buffer.concat([
      Buffer.from([0, 200]),
      ...Array.from({ length: 200 }, () => Buffer.from('\x01a\x01b')),
    ])
    const { messages, said } = decoded(
      schemaCodec('p', counted),
      [...frame].map((byte) => Buffer.from([byte])),
    )
    expect(messages).toHaveLength(1)
    expect(messages[0]?.getAll('a')).toHaveLength(200)
    expect(said.filter((text) => !text.startsWith('need'))).toEqual([])
  })
})

describe('an area', () => {
  const json = schemaCodec(
    'p',
    'fields:\n  - { name: size, type: u32, is: length, counts: data }\n  - { name: data, type: json }\n',
  )

  function jsonMessage(text: string): Message {
    const bytes = Buffer.from(text)
    const size = Buffer.alloc(4)
    size.writeUInt32BE(bytes.length)
    const [message] = decoded(json, [Buffer.concat([size, bytes])]).messages
    if (message === undefined) throw new Error('there is no message')
    return message
  }

  it('of JSON is not deep for whoever reads it', () => {
    const message = jsonMessage(`{"a":${'['.repeat(200_000)}${']'.repeat(200_000)},"b":"1"}`)
    expect(message.get('b')).toBe('1')
    expect(message.get('a')).toHaveLength(400_000)
  })

  it.each([
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a" 1}',
    '{"a":1}x',
    '[1]',
    '"a"',
    '{"a":"',
    '{a:1}',
    '{"a":[}',
    '{,}',
    '{"a":}',
  ])('of what is no JSON object, %j, is a problem and no property', (text) => {
    const message = jsonMessage(text)
    expect(message.get('a')).toBeUndefined()
    expect(message.keys()).toEqual([])
    expect(message.problem).toMatch(/^"data" cannot be read: /)
  })

  it('of more pairs than are allowed is a problem', () => {
    const message = jsonMessage(`{${Array.from({ length: 1_025 }, (_, index) => `"k${index}":1`).join(',')}}`)
    expect(message.get('k1')).toBeUndefined()
    expect(message.problem).toMatch(/more than 1024 members/)
  })
})

describe('a line', () => {
  const codec = schemaCodec(
    'p',
    'line: { end: "\\r\\n", also-end: ";", size-max: 100B }\nfields:\n  - { name: all, type: text }\n',
  )

  it('that is too long is refused with what was sent of it, and the next one is taken', () => {
    const long = 'x'.repeat(300)
    for (const chunks of [
      [`${long}\r\nshort\r\n`],
      [long, '\r', '\nshort\r', '\n'],
      [...`${long}\r\nshort\r\n`],
    ]) {
      const { messages, said } = decoded(codec, chunks)
      const refusals = said.filter((text) => text.startsWith('refused'))
      expect(refusals).toEqual([expect.stringMatching(/^refused request x{100}: a line is longer/)])
      expect(messages.map((message) => message.get('all'))).toEqual(['short'])
    }
  })

  it('ends at either end, wherever the chunks are cut', () => {
    const text = 'a\r;b\r\nc;d\n;\r\n;e\r\r\n'
    const whole = decoded(codec, [text]).messages.map((message) => message.get('all'))
    expect(whole).toEqual(['a\r', 'b', 'c', 'd\n', undefined, undefined, 'e\r'])
    for (let cut = 1; cut < text.length; cut++) {
      const { messages } = decoded(codec, [text.slice(0, cut), text.slice(cut)])
      expect(messages.map((message) => message.get('all'))).toEqual(whole)
    }
  })

  it('cannot be declared with an end inside of its end', () => {
    expect(() =>
      schemaCodec('p', 'line: { also-end: "\\r" }\nfields:\n  - { name: all, type: text }\n'),
    ).toThrow(/"\\r" would be found inside of each "end"/)
  })
})

describe('a compressed body', () => {
  it('is no JSON that anybody reads or changes, until it is replaced', () => {
    const schema = `fields:
  - { name: size, type: u16, is: length, counts: data }
  - { name: zipped, type: u8, is: compressed }
  - { name: data, type: json }
`
    const codec = schemaCodec('p', schema)
    const [message] = decoded(codec, [Buffer.from('0007017b2261223a317d', 'hex')]).messages
    expect(message?.get('a')).toBeUndefined()
    expect(message?.problem).toBe('"data" is compressed')
    expect(message).toBeInstanceOf(Message)
  })
})
