/**
 * OpList: where a guest's answer lies. It is a view of memory that may still be the guest's own, and holds until that
 * guest is called again. One is used again for every call.
 */
export class OpList {
  start: number
  end: number
  #bytes: Buffer = NO_BYTES
  #view: DataView = NO_VIEW

  constructor(bytes: Buffer = NO_BYTES, start = 0, end: number = bytes.length) {
    this.bytes = bytes
    this.start = start
    this.end = end
  }

  get bytes(): Buffer {
    return this.#bytes
  }

  set bytes(bytes: Buffer) {
    if (bytes === this.#bytes) return
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** The bytes as numbers. */
  get view(): DataView {
    return this.#view
  }

  get size(): number {
    return this.end - this.start
  }

  /** Little-endian numbers; the caller has checked that their bytes are there. */
  u32(at: number): number {
    return this.#view.getUint32(at, true)
  }

  u16(at: number): number {
    return this.#view.getUint16(at, true)
  }

  u8(at: number): number {
    return this.#view.getUint8(at)
  }
}

const NO_BYTES = Buffer.alloc(0)
const NO_VIEW = new DataView(NO_BYTES.buffer, NO_BYTES.byteOffset, 0)
