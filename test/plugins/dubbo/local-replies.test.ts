/** What the proxy says itself: errors, replies of filters, heartbeats. */
import { describe, expect, test } from 'vitest'
import { ByteWriter, errorTable, isErrorKind, type Message } from '../../../sdk/index.ts'
import {
  codec,
  decodeOne,
  document,
  frame,
  hex,
  jsonbMap,
  jsonbRequestBody,
  map,
  requestBody,
  string,
} from './wire.ts'

const request = decodeOne(frame(requestBody([]), { id: 0xfedcba9876543210n }))
const kinds = Object.keys(errorTable).filter(isErrorKind)

function answer(write: (out: ByteWriter) => void): Buffer {
  const out = new ByteWriter()
  write(out)
  return out.toBuffer()
}

function reply(to: Message, properties: readonly (readonly [string, string])[], body?: Buffer): Message {
  return decodeOne(answer((out) => expect(codec.encodeReply(to, { properties, body }, out)).toBeUndefined()))
}

describe('encodeError()', () => {
  test.each(kinds)('of %s is a non-empty string under the request’s own id', (kind) => {
    const message = decodeOne(answer((out) => codec.encodeError(request, { kind, text: 'why it is' }, out)))
    expect(message.kind).toBe('error')
    expect(message.requestId).toBe('18364758544493064720')
    expect(message.get('error')).toBe(`weir: ${kind}: why it is`)
    expect(message.get('serialization')).toBe('hessian2')
    expect(message.problem).toBeUndefined()
  })

  test('is a time-out for the caller only when it is one', () => {
    const timeouts = kinds.filter((kind) => {
      const { status } = decodeOne(answer((out) => codec.encodeError(request, { kind, text: '' }, out)))
      return status === 30 || status === 31
    })
    expect(timeouts).toEqual(['request_timeout'])
  })

  test('is hessian2 whatever the serialization of the request', () => {
    for (const flag of [0xd7, 0xc8, 0xc3, 0xdf]) {
      const other = decodeOne(frame(Buffer.alloc(4), { flag, id: 9n }))
      const bytes = answer((out) => codec.encodeError(other, { kind: 'denied', text: 'no' }, out))
      expect(bytes[2]).toBe(0x02)
      expect(decodeOne(bytes).requestId).toBe('9')
    }
  })

  test('is not written for what nobody waits for', () => {
    const oneway = decodeOne(frame(requestBody([]), { flag: 0x82 }))
    expect(answer((out) => codec.encodeError(oneway, { kind: 'denied', text: 'no' }, out))).toHaveLength(0)
  })

  test('cuts a long text and keeps what is not ASCII', () => {
    const long = answer((out) =>
      codec.encodeError(request, { kind: 'denied', text: 'é'.repeat(100_000) }, out),
    )
    expect(decodeOne(long).get('error')).toBe(`weir: denied: ${'é'.repeat(1986)}`)
  })

  test('has the bytes that clients were seen to understand', () => {
    const bytes = answer((out) =>
      codec.encodeError(decodeOne(frame(Buffer.alloc(0))), { kind: 'over_limit', text: 'a' }, out),
    )
    expect(bytes.toString('hex')).toBe(
      `dabb0264${'0000000000000001'}00000014${string('weir: over_limit: a').toString('hex')}`,
    )
  })
})

describe('encodeReply()', () => {
  test('without a body is a null result with the properties as attachments', () => {
    const message = reply(request, [['cached', 'yes']])
    expect(message.kind).toBe('response')
    expect(message.requestId).toBe('18364758544493064720')
    expect(message.body.toString('hex')).toBe(`95${map([['cached', 'yes']]).toString('hex')}`)
  })

  test('has the body of a reply that was kept', () => {
    const kept = Buffer.concat([hex('94'), string('hello'), map([['dubbo', '2.0.2']])])
    expect(reply(request, [], kept).body.equals(kept)).toBe(true)
    expect(reply(request, [['x', '1']], kept).get('x')).toBe('1')
    expect(reply(request, [['x', '1']], kept).get('dubbo')).toBe('2.0.2')
  })

  test('to an echo is a null result: the arguments of a request are no result', () => {
    const asked = decodeOne(frame(requestBody([], map([['caller', 'bob']]))))
    const properties = asked.keys().flatMap((key) => asked.getAll(key).map((value) => [key, value] as const))
    const echo = { properties, body: asked.body, echo: true }
    const message = decodeOne(answer((out) => expect(codec.encodeReply(asked, echo, out)).toBeUndefined()))
    expect(message.body[0]).toBe(0x95)
    expect(message.get('caller')).toBe('bob')
  })

  test('has a body in the serialization of the request', () => {
    const other = decodeOne(frame(jsonbRequestBody([], jsonbMap([])), { flag: 0xd7 }))
    const kept = Buffer.concat([document(hex('bd01')), document('hello')])
    const message = reply(other, [['x', '1']], kept)
    expect(message.get('serialization')).toBe('fastjson2')
    expect(message.get('x')).toBe('1')
    expect(reply(other, [['x', '1']]).get('serialization')).toBe('hessian2')
  })

  test('says why it cannot be written, and writes nothing then', () => {
    const out = new ByteWriter()
    const problem = codec.encodeReply(request, { properties: [['x', '1']], body: hex('4e') }, out)
    expect(problem).toBe('"x" cannot be added: the body does not begin with the form of a result')
    expect(out.size).toBe(0)
  })

  test('is not written for what nobody waits for', () => {
    const oneway = decodeOne(frame(requestBody([]), { flag: 0x82 }))
    const out = new ByteWriter()
    expect(codec.encodeReply(oneway, { properties: [], body: undefined }, out)).toBeUndefined()
    expect(out.size).toBe(0)
  })
})

describe('a heartbeat', () => {
  test('is what Java sends when it asks', () => {
    const bytes = answer((out) => codec.encodeHeartbeat(0xfedcba98, 0x76543210, out))
    expect(bytes.toString('hex')).toBe('dabbe200fedcba9876543210000000014e')
    expect(decodeOne(bytes).kind).toBe('heartbeat')
  })

  test('is answered under its own id, whatever its body and serialization', () => {
    for (const [flag, body] of [
      [0xe2, '4e'],
      [0xe2, ''],
      [0xe2, '4e4e'],
      [0xf7, '00000001af'],
    ] as const) {
      const heartbeat = decodeOne(frame(hex(body), { flag, id: 77n }))
      const bytes = answer((out) => codec.encodeHeartbeatReply(heartbeat, out))
      expect(bytes.toString('hex')).toBe('dabb2214000000000000004d000000014e')
    }
  })

  test('that is one-way is not answered', () => {
    const heartbeat = decodeOne(frame(hex('4e'), { flag: 0xa2 }))
    expect(answer((out) => codec.encodeHeartbeatReply(heartbeat, out))).toHaveLength(0)
  })
})
