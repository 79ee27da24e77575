import { expect, test } from 'vitest'
import { JoinedBody } from '../../../core/exchange/joined-body.ts'
import { RedisCodec } from '../../../plugins/redis/codec.ts'
import type { DecoderSink, Message } from '../../../sdk/index.ts'

const BODY = 'abcdefghij'.repeat(3_000)
const COMMAND = `*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${BODY.length}\r\n${BODY}\r\n`

/** The command as a decoder hands it over whose chunks have so many bytes, joined; `used` is told of each chunk. */
function joinedFrom(chunkBytes: number, used: (chunk: Buffer) => void): Message | undefined {
  const decoder = new RedisCodec().createDecoder('request', {
    bodyBytesMax: 1_048_576,
    piecesFromBytes: 1_000,
  })
  let body: JoinedBody | undefined
  let whole: Message | undefined
  const sink: DecoderSink = {
    message: (message) => {
      if (message.rest === 0) body?.add(message)
      else
        body = new JoinedBody(message, (joined) => {
          whole = joined
        })
    },
    need: () => undefined,
    refused: () => undefined,
    malformed: () => undefined,
  }
  const bytes = Buffer.from(COMMAND)
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const chunk = Buffer.from(bytes.subarray(at, at + chunkBytes))
    decoder.decode(chunk, sink)
    used(chunk)
  }
  return whole
}

test.each([1, 7, 1_000, 20_000])('pieces of chunks of %d bytes are one message again', (chunkBytes) => {
  const whole = joinedFrom(chunkBytes, () => undefined)
  expect(whole?.bytes.toString('latin1', whole.start, whole.end)).toBe(COMMAND)
  expect(whole?.get('arg.2')).toBe(BODY)
})

test('small pieces are copied, and neither they nor their chunks are kept', () => {
  const whole = joinedFrom(7, (chunk) => chunk.fill(0))
  expect(whole?.get('arg.2')).toBe(BODY)
})
