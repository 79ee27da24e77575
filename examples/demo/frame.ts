/**
 * Frame: the 16-byte header of Dubbo, and cutting what a socket receives into frames.
 *
 *   da bb | flag | status | id (8) | body length (4)
 *
 * The flag says request (0x80), two-way (0x40), event (0x20) and the serialization (2 is Hessian 2).
 */
import type { Socket } from 'node:net'

const MAGIC = 0xdabb
const HEADER_BYTES = 16
const BODY_BYTES_MAX = 8 * 1024 * 1024

const REQUEST = 0x80
const TWO_WAY = 0x40
const EVENT = 0x20
const HESSIAN2 = 2

export const STATUS_OK = 20

export interface Frame {
  readonly request: boolean
  readonly twoWay: boolean
  /** A heartbeat or another event, not a call. */
  readonly event: boolean
  readonly status: number
  readonly id: bigint
  readonly body: Buffer
}

export function requestFrame(id: bigint, body: Buffer): Buffer {
  return frame(REQUEST | TWO_WAY | HESSIAN2, 0, id, body)
}

export function responseFrame(id: bigint, status: number, body: Buffer): Buffer {
  return frame(HESSIAN2, status, id, body)
}

/** The answer to a heartbeat: an event without a value. */
export function heartbeatReply(id: bigint): Buffer {
  return frame(EVENT | HESSIAN2, STATUS_OK, id, Buffer.from([0x4e]))
}

/** Calls `onFrame` for each whole frame that arrives; a socket that sends anything else is destroyed. */
export function readFrames(socket: Socket, onFrame: (frame: Frame) => void): void {
  let held: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    while (held.length >= HEADER_BYTES) {
      const size = held.readUInt32BE(12)
      if (held.readUInt16BE(0) !== MAGIC || size > BODY_BYTES_MAX) {
        socket.destroy(new Error('received something that is not Dubbo'))
        return
      }
      if (held.length < HEADER_BYTES + size) return
      const flag = held.readUInt8(2)
      onFrame({
        request: (flag & REQUEST) !== 0,
        twoWay: (flag & TWO_WAY) !== 0,
        event: (flag & EVENT) !== 0,
        status: held.readUInt8(3),
        id: held.readBigUInt64BE(4),
        body: held.subarray(HEADER_BYTES, HEADER_BYTES + size),
      })
      held = held.subarray(HEADER_BYTES + size)
    }
  })
}

function frame(flag: number, status: number, id: bigint, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt16BE(MAGIC, 0)
  header.writeUInt8(flag, 2)
  header.writeUInt8(status, 3)
  header.writeBigUInt64BE(id, 4)
  header.writeUInt32BE(body.length, 12)
  return Buffer.concat([header, body])
}
