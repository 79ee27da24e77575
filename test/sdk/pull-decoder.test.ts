/** A frame read in a straight line: it waits where bytes are missing, asks for what it knows, and begins anew. */
import { describe, expect, it } from 'vitest'
import {
  type DecoderSink,
  type Message,
  type PropertyReader,
  PullDecoder,
  type PullReader,
} from '../../sdk/index.ts'

const nothing: PropertyReader = {
  protocol: 'p',
  get: () => undefined,
  keys: () => [],
  operation: () => '',
  body: (message) => message.bytes.subarray(message.start + message.headerSize, message.end),
}

class Told implements DecoderSink {
  readonly bodies: string[] = []
  readonly needs: number[] = []
  failure = ''

  message(message: Message): void {
    this.bodies.push(message.reader.body(message).toString())
  }
  need(bytes: number): void {
    this.needs.push(bytes)
  }
  refused(_message: Message, text: string): void {
    this.failure = text
  }
  malformed(code: string, text: string): void {
    this.failure = `${code}: ${text}`
  }
}

/** Magic, a name behind its size, a body behind its size. */
function read(frame: PullReader): Message {
  frame.magic(Buffer.from('PL'))
  frame.skip(frame.u8())
  const size = frame.varint()
  const bodyAt = frame.at
  frame.size(bodyAt - frame.start + size)
  return frame.message('request', bodyAt)
}

function decoded(chunks: readonly Buffer[], bodyBytesMax = 100): Told {
  const told = new Told()
  const decoder = new PullDecoder(nothing, { bodyBytesMax }, read)
  for (const chunk of chunks) if (told.failure === '') decoder.decode(chunk, told)
  return told
}

const FRAME = Buffer.from('PL\x02me\x05hello')

describe('PullDecoder', () => {
  it('reads all frames of a chunk, and the rest with the next, wherever it is cut', () => {
    const bytes = Buffer.concat([FRAME, FRAME, FRAME])
    expect(decoded([bytes])).toMatchObject({ bodies: ['hello', 'hello', 'hello'], needs: [0] })
    for (let cut = 1; cut < bytes.length; cut++)
      expect(decoded([bytes.subarray(0, cut), bytes.subarray(cut)]).bodies).toEqual([
        'hello',
        'hello',
        'hello',
      ])
    expect(decoded([...bytes].map((byte) => Buffer.from([byte]))).bodies).toEqual(['hello', 'hello', 'hello'])
  })

  it('asks for what it knows to be missing', () => {
    const asked = [1, 3, 5, 6, 8].map((size) => decoded([FRAME.subarray(0, size)]).needs.at(-1))
    expect(asked).toEqual([1, 2, 1, 5, 3])
  })

  it('holds no more than came, and joins large frames once', () => {
    const body = Buffer.alloc(50_000, 0x61)
    const frame = Buffer.concat([Buffer.from('PL\x00\xd0\x86\x03', 'latin1'), body])
    const chunks = Array.from({ length: 60 }, (_, index) =>
      frame.subarray(index * 1_000, (index + 1) * 1_000),
    )
    const { bodies } = decoded([...chunks.filter(({ length }) => length > 0), FRAME], 100_000)
    expect(bodies.map(({ length }) => length)).toEqual([50_000, 5])
  })

  it.each([
    ['PX', /^magic: a frame begins with 5058/],
    ['X', /^magic: a frame begins with 58/],
    ['PL\x00\x65', /^frame_size: a body of 101 bytes is announced, the limit is 100/],
    ['PL\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f', /^header: a variable number is none of 64 bits/],
  ])('ends the connection at %j', (text, wanted) => {
    expect(decoded([Buffer.from(text, 'latin1')]).failure).toMatch(wanted)
  })

  it('lets what is wrong with the reader itself be seen', () => {
    const decoder = new PullDecoder(nothing, { bodyBytesMax: 10 }, () => {
      throw new Error('a mistake')
    })
    expect(() => decoder.decode(FRAME, new Told())).toThrow('a mistake')
  })
})
