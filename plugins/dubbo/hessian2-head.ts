/**
 * The head of a request in Hessian 2.0: dubbo version, path, service version, method, parameter types, each a
 * string or null (Dubbo protocol, "Variable part"). What follows it is the arguments' business.
 */
import { u8 } from '../../sdk/index.ts'
import { nullAt, skipString, stringText } from './hessian2-strings.ts'
import { HEAD_PARTS, type HeadCache, headOf, type RequestHead } from './request-head.ts'

/** The head of the body `bytes[at, end)`, or a sentence that says why there is none. */
export function hessian2Head(bytes: Buffer, at: number, end: number, cache: HeadCache): RequestHead | string {
  // Calls of one kind come one after the other; another head is told by its last bytes.
  const last = cache.same(bytes, at, end)
  if (last !== undefined) return last
  const hash = headHash(bytes, at, end)
  if (hash >= 0) {
    const known = cache.find(hash, bytes, at, end)
    if (known !== undefined) return known
  }
  const head = decodeHead(bytes, at, end)
  if (hash >= 0 && typeof head !== 'string') cache.keep(hash, head)
  return head
}

/**
 * A hash of a few bytes that tell heads apart, found by the strings' lengths as if all were ASCII; -1 when a
 * length is not in one of the two short forms. It is a function of the head's bytes alone, also when they are not
 * ASCII, as long as the jumps stay within the head: {@link HeadCache} compares everything anyway.
 */
function headHash(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  let hash = 0
  for (let i = 0; i < 5; i++) {
    if (at >= end) return -1
    const tag = u8(bytes, at)
    let units = tag
    at++
    if (tag === 0x4e) continue
    if (tag >= 0x30 && tag <= 0x33 && at < end) {
      units = ((tag - 0x30) << 8) | u8(bytes, at)
      at++
    } else if (tag > 0x1f) return -1
    at += units
    if (at > end) return -1
    if (units === 0) continue
    // The last byte, one in the middle and the one between tell most names of one program apart.
    const middle = at - (units >> 1) - 1
    hash = Math.imul(hash ^ (units | (u8(bytes, at - 1) << 8) | (u8(bytes, middle) << 16)), 0x9e3779b1)
    hash ^= (hash >>> 15) ^ u8(bytes, at - (units >> 2) - 1)
  }
  return (hash ^ (hash >>> 12)) & 0x7fffffff
}

function decodeHead(bytes: Buffer, start: number, end: number): RequestHead | string {
  const offsets = [0]
  const texts: string[] = []
  let at = start
  for (const part of HEAD_PARTS) {
    const isNull = nullAt(bytes, at, end)
    const next = isNull ? at + 1 : skipString(bytes, at, end)
    if (next < 0) return at >= end ? `the body ends before ${part}` : `${part} is not a whole string`
    texts.push(isNull ? '' : stringText(bytes, at, next))
    at = next
    offsets.push(at - start)
  }
  return headOf(bytes, start, texts, offsets)
}
