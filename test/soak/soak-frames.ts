/**
 * Frames of the soak: one request and one reply, built once, in which only the id and a nonce of eight hexadecimal
 * digits change. Both carry the nonce at a fixed place, so that every reply proves which request it answers.
 */
import { hessianMap, hessianString } from '../../examples/demo/hessian.ts'

export const HEADER_BYTES = 16
export const NONCE_DIGITS = 8
export const SOAK_INTERFACE = 'weir.soak.NonceService'

const PLACEHOLDER = '00000000'

const request = frame(
  0xc2,
  0,
  Buffer.concat([
    ...['2.0.2', SOAK_INTERFACE, '0.0.0', 'echo', 'Ljava/lang/String;', PLACEHOLDER].map(hessianString),
    hessianMap({ path: SOAK_INTERFACE, interface: SOAK_INTERFACE, version: '0.0.0' }),
  ]),
)
const reply = frame(
  0x02,
  20,
  Buffer.concat([Buffer.from([0x94]), hessianString(PLACEHOLDER), hessianMap({ dubbo: '2.0.2' })]),
)
const requestNonceAt = request.indexOf(PLACEHOLDER)
const replyNonceAt = reply.indexOf(PLACEHOLDER)

export function requestFrame(id: bigint, nonce: number): Buffer {
  return filled(request, requestNonceAt, id, nonce)
}

export function replyFrame(id: bigint, nonce: number): Buffer {
  return filled(reply, replyNonceAt, id, nonce)
}

/** The nonce in a request, wherever an edit of the attachments has left it. */
export function nonceOfRequest(bytes: Buffer): number {
  return nonceAt(bytes, requestNonceAt)
}

export function nonceOfReply(bytes: Buffer): number {
  return nonceAt(bytes, replyNonceAt)
}

/** Cuts whole frames out of what a socket receives. */
export class FrameSplitter {
  #rest: Buffer = Buffer.alloc(0)

  add(chunk: Buffer, frame: (bytes: Buffer) => void): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    while (bytes.length >= HEADER_BYTES) {
      if (bytes.readUInt16BE(0) !== 0xdabb)
        throw new Error(`no frame begins with ${bytes.toString('hex', 0, 2)}`)
      const size = HEADER_BYTES + bytes.readUInt32BE(12)
      if (bytes.length < size) break
      frame(bytes.subarray(0, size))
      bytes = bytes.subarray(size)
    }
    this.#rest = bytes
  }
}

function nonceAt(bytes: Buffer, at: number): number {
  return Number.parseInt(bytes.toString('latin1', at, at + NONCE_DIGITS), 16)
}

function filled(template: Buffer, at: number, id: bigint, nonce: number): Buffer {
  const bytes = Buffer.from(template)
  bytes.writeBigUInt64BE(id, 4)
  bytes.write(nonce.toString(16).padStart(NONCE_DIGITS, '0'), at, 'latin1')
  return bytes
}

function frame(flag: number, status: number, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt16BE(0xdabb, 0)
  header.writeUInt8(flag, 2)
  header.writeUInt8(status, 3)
  header.writeUInt32BE(body.length, 12)
  return Buffer.concat([header, body])
}
