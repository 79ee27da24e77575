/**
 * Frame: the bytes of ZMTP 3.1 (ZeroMQ message transport protocol) with the NULL mechanism.
 *
 *     greeting   ff …8… 7f   03 01   mechanism, 20 bytes   as-server   31 bytes of nothing
 *     frame      flags   size, 1 byte or 8   body             flags: 1 more follow, 2 long, 4 command
 *     command    size of the name   name   data               READY, SUBSCRIBE, CANCEL, PING, PONG, ERROR
 */
import { type ByteWriter, u32 } from '../../sdk/index.ts'

export const GREETING_SIZE = 64
export const SIGNATURE_FIRST = 0xff
export const SIGNATURE_LAST = 0x7f
export const SIGNATURE_LAST_AT = 9
export const MAJOR_AT = 10
export const MECHANISM_AT = 12
export const MECHANISM_SIZE = 20

export const MORE = 1
export const LONG = 2
export const COMMAND = 4
export const FLAGS = MORE | LONG | COMMAND

export const SHORT_SIZE_MAX = 255
/** Of the eight bytes of a long size so many count here; a size with more is too large for anybody. */
const SIZE_MAX = 2 ** 48

/** What we begin every connection with, on either side. */
export const GREETING = greeting()

/** The size that stands in one byte or in eight; one that is no size is larger than any limit. */
export function sizeAt(bytes: Uint8Array, at: number, long: boolean): number {
  if (!long) return bytes[at] ?? 0
  const size = u32(bytes, at) * 2 ** 32 + u32(bytes, at + 4)
  return size > SIZE_MAX ? Number.POSITIVE_INFINITY : size
}

export function writeFrame(out: ByteWriter, body: Buffer, flags: number): void {
  if (body.length > SHORT_SIZE_MAX) {
    out.u8(flags | LONG)
    out.u32(0)
    out.u32(body.length)
  } else {
    out.u8(flags)
    out.u8(body.length)
  }
  out.run(body, 0, body.length)
}

function greeting(): Buffer {
  const bytes = Buffer.alloc(GREETING_SIZE)
  bytes[0] = SIGNATURE_FIRST
  bytes[SIGNATURE_LAST_AT] = SIGNATURE_LAST
  bytes[MAJOR_AT] = 3
  bytes[MAJOR_AT + 1] = 1
  bytes.write('NULL', MECHANISM_AT, 'latin1')
  return bytes
}
