/**
 * OpList: where a guest's answer lies. It is a view of memory that may still be the guest's own, and holds until that
 * guest is called again. One is used again for every call.
 */
export class OpList {
  bytes: Buffer
  start: number
  end: number

  constructor(bytes: Buffer = NO_BYTES, start = 0, end = bytes.length) {
    this.bytes = bytes
    this.start = start
    this.end = end
  }

  get size(): number {
    return this.end - this.start
  }

  /** A little-endian u32; the caller has checked that its bytes are there. */
  u32(at: number): number {
    const { bytes } = this
    return (
      ((bytes[at] ?? 0) |
        ((bytes[at + 1] ?? 0) << 8) |
        ((bytes[at + 2] ?? 0) << 16) |
        ((bytes[at + 3] ?? 0) << 24)) >>>
      0
    )
  }

  u8(at: number): number {
    return this.bytes[at] ?? 0
  }

  u16(at: number): number {
    return (this.bytes[at] ?? 0) | ((this.bytes[at + 1] ?? 0) << 8)
  }
}

const NO_BYTES = Buffer.alloc(0)
