/**
 * FrameFields: which bytes of a frame are what: as the codec describes them, and else its header, its body and the
 * properties whose texts stand in it.
 */
import type { Codec, FrameField, Message } from '../../../sdk/index.ts'

const PROPERTIES_MAX = 64
const TEXT_CHARS_MIN = 2

export function frameFields(message: Message, codec: Codec): readonly FrameField[] {
  const described = codec.describe?.(message)
  const base = described ?? headerAndBody(message)
  const known = new Set(base.map(({ name }) => name))
  const found = propertyFields(message).filter(({ name }) => !known.has(name))
  return [...base, ...found].filter(({ at, size }) => size > 0 && at >= 0 && at + size <= message.size)
}

function headerAndBody(message: Message): readonly FrameField[] {
  const body = message.body
  const { bytes, start, headerSize } = message
  const bodyAt = body.buffer === bytes.buffer ? body.byteOffset - bytes.byteOffset - start : headerSize
  return [
    { name: 'header', at: 0, size: headerSize },
    { name: 'body', at: bodyAt, size: body.length },
  ]
}

/** Where the values of properties stand, if they stand there as they read. */
function propertyFields(message: Message): readonly FrameField[] {
  const frame = message.bytes.subarray(message.start, message.end)
  const fields: FrameField[] = []
  let from = 0
  for (const key of message.keys().slice(0, PROPERTIES_MAX)) {
    const value = message.get(key) ?? ''
    if (value.length < TEXT_CHARS_MIN) continue
    const behind = frame.indexOf(value, from)
    const at = behind < 0 ? frame.indexOf(value) : behind
    if (at < 0) continue
    fields.push({ name: key, at, size: Buffer.byteLength(value) })
    if (behind >= 0) from = at
  }
  return fields
}
