/**
 * FramePairs: the properties of a frame as its guest said them (sdk/ABI.md §6.2), turned into strings when somebody
 * asks. What the guest said lies in `message.parts`, for all frames of a call together; `mark0` is where this frame's begins.
 */
import { abi } from '../../../sdk/abi/abi.ts'
import { readText } from '../../../sdk/abi/text.ts'
import type { Message } from '../../../sdk/index.ts'

const { codec } = abi
const { frame, row, own } = codec

/** All properties in wire order. */
export function framePairs(message: Message): readonly (readonly [key: string, value: string])[] {
  const said = saidOf(message)
  const payload = message.mark0
  const count = said.readUInt32LE(payload + frame.properties)
  const pairs: (readonly [string, string])[] = []
  for (let index = 0; index < count; index++) {
    const at = payload + frame.bytes + index * row.bytes
    pairs.push([refText(message, at + row.keyAt), refText(message, at + row.valueAt)])
  }
  return pairs
}

/** The values of a key in wire order; the only one alone. */
export function frameValues(message: Message, key: string): string | readonly string[] | undefined {
  const said = saidOf(message)
  const payload = message.mark0
  const count = said.readUInt32LE(payload + frame.properties)
  let first: string | undefined
  let all: string[] | undefined
  for (let index = 0; index < count; index++) {
    const at = payload + frame.bytes + index * row.bytes
    if (!isText(message, at + row.keyAt, key)) continue
    const value = refText(message, at + row.valueAt)
    if (first === undefined) first = value
    else if (all === undefined) all = [first, value]
    else all.push(value)
  }
  return all ?? first
}

/** The text that the ref at this place points at; an absent one is empty. */
export function refText(message: Message, ref: number): string {
  const said = saidOf(message)
  const where = said.readUInt32LE(ref)
  const size = said.readUInt32LE(ref + 4)
  if (size === 0) return ''
  if (where >= own) {
    const start = message.mark0 + (where - own)
    return readText(said, start, start + size)
  }
  const start = message.start + where
  return readText(message.bytes, start, start + size)
}

/** Keys of plain letters, which nearly all are, are compared where they lie. */
function isText(message: Message, ref: number, text: string): boolean {
  const said = saidOf(message)
  const where = said.readUInt32LE(ref)
  const size = said.readUInt32LE(ref + 4)
  const inside = where >= own
  const bytes = inside ? said : message.bytes
  const start = inside ? message.mark0 + (where - own) : message.start + where
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 0x7f) return refText(message, ref) === text
    if (i >= size || bytes[start + i] !== unit) return false
  }
  return size === text.length
}

function saidOf(message: Message): Buffer {
  return Buffer.isBuffer(message.parts) ? message.parts : NOTHING_SAID
}

/** A frame without properties. */
const NOTHING_SAID = Buffer.alloc(frame.bytes)
