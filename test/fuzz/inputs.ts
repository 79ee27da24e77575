/** Inputs: an endless row of damaged frames, the same for the same seed. */
import { frames } from '../plugins/dubbo/frames.ts'
import { seededRandom } from '../seeded-random.ts'
import { Hessian2Values } from './hessian2-values.ts'
import { JsonbValues } from './jsonb-values.ts'

const INPUT_BYTES_MAX = 32_768
/** Bytes that decide something in Hessian 2.0, JSONB, or as a length. */
const TELLING = [
  0x00, 0x01, 0x1f, 0x20, 0x33, 0x43, 0x48, 0x49, 0x4d, 0x4e, 0x4f, 0x51, 0x52, 0x53, 0x55, 0x58,
]
TELLING.push(
  0x5a,
  0x60,
  0x70,
  0x78,
  0x7f,
  0x80,
  0x90,
  0x92,
  0x93,
  0x95,
  0xa4,
  0xa5,
  0xa6,
  0xaf,
  0xc2,
  0xed,
  0xff,
)

export class Inputs {
  readonly #random: () => number
  readonly #recorded = frames.map((frame) => Buffer.from(frame.hex, 'hex'))

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  /** A whole number from 0 to under `limit`. */
  below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  next(): Buffer {
    const count = 1 + this.below(3)
    const parts = Array.from({ length: count }, () => this.#frame())
    return this.#damage(Buffer.concat(parts)).subarray(0, INPUT_BYTES_MAX)
  }

  #frame(): Buffer {
    switch (this.below(4)) {
      case 0:
        return Buffer.from(this.#recorded[this.below(this.#recorded.length)] ?? [])
      case 1: {
        const damaged = this.#damage(Buffer.from(this.#recorded[this.below(this.#recorded.length)] ?? []))
        return withLength(damaged)
      }
      case 2:
        return this.#made(new Hessian2Values((limit) => this.below(limit)), 2)
      default:
        return this.#made(new JsonbValues((limit) => this.below(limit)), 23)
    }
  }

  #made(values: Hessian2Values | JsonbValues, serialization: number): Buffer {
    const request = this.below(2) === 0
    const body = request ? values.request() : values.reply()
    const header = Buffer.alloc(16)
    header.writeUInt16BE(0xdabb)
    header[2] = (request ? 0xc0 : 0) | serialization
    header[3] = request ? 0 : 20
    for (let at = 4; at < 12; at++) header[at] = this.below(256)
    const frame = Buffer.concat([header, body])
    return withLength(this.below(2) === 0 ? frame : this.#damageBody(frame))
  }

  /** A few bytes or bits are others, or some are missing, doubled or new. */
  #damage(bytes: Buffer): Buffer {
    let damaged = bytes
    for (let i = this.below(4); i > 0; i--) damaged = this.#damageOnce(damaged)
    return damaged
  }

  #damageBody(frame: Buffer): Buffer {
    return Buffer.concat([frame.subarray(0, 16), this.#damage(Buffer.from(frame.subarray(16)))])
  }

  #damageOnce(bytes: Buffer): Buffer {
    const at = this.below(bytes.length)
    const size = this.below(8)
    switch (this.below(6)) {
      case 0:
        bytes[at] = this.below(256)
        return bytes
      case 1:
        bytes[at] = TELLING[this.below(TELLING.length)] ?? 0
        return bytes
      case 2:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << this.below(8))
        return bytes
      case 3:
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)])
      case 4:
        return Buffer.concat([bytes.subarray(0, at + size), bytes.subarray(at)])
      default: {
        const tag = TELLING[this.below(TELLING.length)] ?? 0
        return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(size * size * 20, tag), bytes.subarray(at)])
      }
    }
  }
}

function withLength(frame: Buffer): Buffer {
  if (frame.length >= 16) frame.writeUInt32BE(frame.length - 16, 12)
  return frame
}
