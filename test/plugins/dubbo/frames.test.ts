/** The recorded frames of real clients and servers, each decoded, encoded, split, cut and changed. */
import { describe, expect, test } from 'vitest'
import { ByteWriter } from '../../../sdk/index.ts'
import { frames } from './frames.ts'
import { changed, codec, decodeOne, encoded, Feed } from './wire.ts'

const carrying = frames.filter(
  (frame) => frame.kind === 'request' || frame.kind === 'oneway' || frame.kind === 'response',
)

describe.each(frames)('$name', (frame) => {
  const bytes = Buffer.from(frame.hex, 'hex')

  test('is decoded as what was sent', () => {
    const message = decodeOne(bytes)
    expect(message.kind).toBe(frame.kind)
    expect(message.requestId).toBe(frame.id)
    expect(message.operation).toBe(frame.operation)
    expect(message.size).toBe(bytes.length)
    for (const [key, value] of frame.own) expect(message.get(key) ?? '', key).toBe(value)
    for (const [key, value] of frame.attachments) expect(message.getAll(key), key).toEqual([value])
    expect(message.get('no such attachment')).toBeUndefined()
    expect(message.problem).toBeUndefined()
    for (const [key] of frame.attachments) expect(message.keys()).toContain(key)
  })

  test('leaves as it came, under another id', () => {
    const other = encoded(decodeOne(bytes), 0xfedcba98, 0x76543210)
    expect(other.subarray(4, 12).toString('hex')).toBe('fedcba9876543210')
    const again = decodeOne(other)
    expect(encoded(again, again.idHigh, again.idLow).equals(other)).toBe(true)
    const message = decodeOne(bytes)
    expect(encoded(message, message.idHigh, message.idLow).equals(bytes)).toBe(true)
  })

  test('is whole wherever its bytes are split in two', () => {
    for (let at = 1; at < bytes.length; at++) {
      const feed = new Feed().give(bytes.subarray(0, at))
      expect(feed.messages).toHaveLength(0)
      expect(feed.needed).toBe(at < 16 ? 16 - at : bytes.length - at)
      feed.give(bytes.subarray(at))
      const [message] = feed.messages
      expect(message?.operation).toBe(frame.operation)
      expect(feed.needed).toBe(0)
      expect(feed.decoder.pendingBytes).toBe(0)
    }
  })

  test('is whole when its bytes come one by one', () => {
    const feed = new Feed()
    for (const byte of bytes) feed.give(Uint8Array.of(byte))
    expect(feed.messages.map((message) => [message.kind, message.operation])).toEqual([
      [frame.kind, frame.operation],
    ])
  })
})

describe.each(carrying)('$name, changed', (frame) => {
  const bytes = Buffer.from(frame.hex, 'hex')

  test('carries a new attachment and everything it had', () => {
    const again = decodeOne(encoded(changed(bytes, (mutation) => mutation.set('x-new', 'né\ud83d\ude00'))))
    expect(again.get('x-new')).toBe('né\ud83d\ude00')
    for (const [key, value] of frame.attachments) expect(again.get(key)).toBe(value)
    for (const [key, value] of frame.own) expect(again.get(key) ?? '').toBe(value)
    expect(again.problem).toBeUndefined()
  })

  test('differs only where an attachment was set', () => {
    const plain = encoded(decodeOne(bytes))
    for (const [key, value] of frame.attachments) {
      const same = encoded(changed(bytes, (mutation) => mutation.set(key, value)))
      expect(same.equals(plain), key).toBe(true)
    }
  })

  test('comes back to its own bytes when what was added is removed', () => {
    const more = encoded(changed(bytes, (mutation) => mutation.set('x-new', 'v'.repeat(100))))
    const less = encoded(changed(more, (mutation) => mutation.remove('x-new')))
    expect(less.equals(bytes)).toBe(true)
  })

  test('loses an attachment and keeps the others', () => {
    for (const [key] of frame.attachments) {
      const again = decodeOne(encoded(changed(bytes, (mutation) => mutation.remove(key))))
      expect(again.has(key)).toBe(false)
      for (const [other, value] of frame.attachments) if (other !== key) expect(again.get(other)).toBe(value)
    }
  })
})

test('decode() takes every whole frame of a chunk and keeps what is left', () => {
  const all = Buffer.concat(frames.map((frame) => Buffer.from(frame.hex, 'hex')))
  const feed = new Feed().give(Buffer.concat([all, all.subarray(0, 100)]))
  expect(feed.messages.map((message) => message.requestId)).toEqual(frames.map((frame) => frame.id))
  expect(feed.decoder.pendingBytes).toBe(100)
})

test('encode() links the frames of a chunk to one piece when nothing was changed', () => {
  const all = Buffer.concat(frames.map((frame) => Buffer.from(frame.hex, 'hex')))
  const out = new ByteWriter()
  for (const message of new Feed().give(all).messages)
    codec.encode(message, message.idHigh, message.idLow, out)
  const pieces = out.take()
  expect(pieces).toHaveLength(1)
  expect(pieces[0]?.equals(all)).toBe(true)
})
