/** The head of a request in fastjson2: the same five strings, each a JSONB document with its size in front. */
import { u8, u32 } from '../../sdk/index.ts'
import { jsonbText, skipJsonbString } from './jsonb-strings.ts'
import { HEAD_PARTS, type HeadCache, headOf, type RequestHead } from './request-head.ts'

const SIZE_BYTES = 4
const NULL = 0xaf

/** The head of the body `bytes[at, end)`, or a sentence that says why there is none. */
export function jsonbHead(bytes: Buffer, at: number, end: number, cache: HeadCache): RequestHead | string {
  const hash = headHash(bytes, at, end)
  if (hash >= 0) {
    const known = cache.find(hash, bytes, at, end)
    if (known !== undefined) return known
  }
  const head = decodeHead(bytes, at, end)
  if (hash >= 0 && typeof head !== 'string') cache.keep(hash, head)
  return head
}

/** A hash of the sizes and a few bytes that tell heads apart; -1 when the sizes lead out of the body. */
function headHash(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  let hash = 0
  for (let i = 0; i < 5; i++) {
    if (at + SIZE_BYTES >= end) return -1
    const size = u32(bytes, at)
    at += SIZE_BYTES
    if (size === 0 || size > end - at) return -1
    at += size
    const middle = at - (size >> 1) - 1
    hash = Math.imul(hash ^ (size | (u8(bytes, at - 1) << 8) | (u8(bytes, middle) << 16)), 0x9e3779b1)
    hash ^= (hash >>> 15) ^ u8(bytes, at - (size >> 2) - 1)
  }
  return (hash ^ (hash >>> 12)) & 0x7fffffff
}

function decodeHead(bytes: Buffer, start: number, end: number): RequestHead | string {
  const offsets = [0]
  const texts: string[] = []
  let at = start
  for (const part of HEAD_PARTS) {
    if (at + SIZE_BYTES >= end) return `the body ends before ${part}`
    const first = at + SIZE_BYTES
    const next = first + u32(bytes, at)
    if (next > end) return `${part} is cut off`
    const isNull = next === first + 1 && u8(bytes, first) === NULL
    const whole = isNull || skipJsonbString(bytes, first, next) === next
    const text = isNull ? '' : whole ? jsonbText(bytes, first, next) : undefined
    if (text === undefined) return `${part} is not a whole string`
    texts.push(text)
    at = next
    offsets.push(at - start)
  }
  return headOf(bytes, start, texts, offsets)
}
