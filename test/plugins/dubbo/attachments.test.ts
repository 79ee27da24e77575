/** Maps of attachments with so many entries that keys are looked up: what is found is what looking at each would find. */
import { expect, test } from 'vitest'
import { requestFrame } from '../../../examples/demo/frame.ts'
import { hessianString } from '../../../examples/demo/hessian.ts'
import { Attachments } from '../../../plugins/dubbo/attachments.ts'
import { DubboCodec } from '../../../plugins/dubbo/codec.ts'
import { ATTACHMENTS_MAX, INDEXED_ATTACHMENTS_MIN } from '../../../plugins/dubbo/limits.ts'
import type { Message } from '../../../sdk/index.ts'

const BOUNDS = { at: 0, end: 0, closeAt: 0 }

/** A request whose map has a type, so that it is looked into entry by entry. */
function request(entries: readonly (readonly [string, string])[]): Message {
  const head = ['2.0.2', 'demo.Greeter', '1.0', 'hello', ''].map(hessianString)
  const map = entries.flatMap(([key, value]) => [hessianString(key), hessianString(value)])
  const body = [...head, Buffer.from('M'), hessianString('a.Map'), ...map, Buffer.from('Z')]
  const found: Message[] = []
  const ignored = () => {}
  new DubboCodec()
    .createDecoder('request', { bodyBytesMax: 1 << 20 })
    .decode(requestFrame(1n, Buffer.concat(body)), {
      ...{ need: ignored, refused: ignored, malformed: ignored },
      message: (message) => found.push(message),
    })
  const [message] = found
  if (message === undefined) throw new Error('no request')
  return message
}

test.each([INDEXED_ATTACHMENTS_MIN - 2, INDEXED_ATTACHMENTS_MIN, ATTACHMENTS_MAX - 2])(
  'every one of %i attachments is found, and what is there twice, twice',
  (count) => {
    const entries = Array.from({ length: count }, (_, i) => [`größe-${i}`, `value ${i}`] as const)
    const message = request([...entries, ['größe-1', 'another'], ['', 'of no key']])
    for (const [key, value] of entries.slice(2)) expect(message.getAll(key)).toEqual([value])
    expect(message.getAll('größe-1')).toEqual(['value 1', 'another'])
    expect(message.problem).toBe('attachment "größe-1" is there more than once')
    expect([message.get(''), message.get('größe'), message.get('größe--1')]).toEqual([
      'of no key',
      undefined,
      undefined,
    ])
    expect(message.keys().filter((key) => key.startsWith('größe'))).toHaveLength(count)
  },
)

test('however many keys are asked for, each of many entries is looked at once', () => {
  const spans = Array.from({ length: 3_000 }, (_, i) => i)
  const attachments = new Attachments({ form: 4, at: 0, end: 1 }, BOUNDS, spans)
  let looks = 0
  const texts = {
    keyText: (_bytes: Buffer, at: number) => {
      looks++
      return at % 2 === 0 ? `key ${at}` : undefined
    },
  }
  expect(attachments.many).toBe(true)
  for (let at = 0; at < 3_000; at += 3)
    expect(attachments.placesOf(`key ${at}`, Buffer.alloc(0), texts)).toEqual(at % 2 === 0 ? [at] : [])
  expect(looks).toBe(1_000)
})
