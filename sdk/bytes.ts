/**
 * Bytes: reading numbers from a buffer and writing frames into a batch. The readers are plain functions of
 * primitives and never check bounds: the caller has already asked whether the bytes are there.
 */

/** Runs of at least this many bytes are linked into a batch instead of copied; measured crossover 2–8 KiB. */
const LINK_MIN_BYTES = 4096
const INITIAL_BYTES = 4096

const NO_BYTES = Buffer.alloc(0)

/** One unsigned byte. */
export function u8(bytes: Uint8Array, at: number): number {
  return bytes[at]!
}

/** Two bytes, big endian, unsigned. */
export function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

/** Four bytes, big endian, unsigned. */
export function u32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}

/** Four bytes, big endian, signed. */
export function i32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}

/** Overwrites four bytes, big endian. */
export function putU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

/** Overwrites two bytes, big endian. */
export function putU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8
  bytes[at + 1] = value
}

/** Whether `bytes` holds exactly `wanted` at `at`; the caller has checked that so many bytes are there. */
export function sameBytes(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false
  return true
}

/** Copies a range; short ranges by hand, because the call into the engine costs more than forty bytes do. */
export function copyBytes(source: Buffer, start: number, end: number, target: Buffer, at: number): void {
  if (end - start > 40) {
    source.copy(target, at, start, end)
    return
  }
  for (let i = start, j = at; i < end; i++, j++) target[j] = source[i]!
}

/**
 * A batch of outgoing bytes. Small pieces are copied into one buffer; long runs of bytes that lie next to each
 * other in a received chunk are linked without a copy. Bytes given to {@link ByteWriter.run} must not change
 * until the batch has been taken and written.
 */
export class ByteWriter {
  /** Where the pieces are written; read it again after every call that reserves, for it is replaced by growing. */
  buffer: Buffer
  #size = 0
  /** Everything before this offset of `buffer` has been sealed into `#pieces`. */
  #sealed = 0
  #pieces: Buffer[] = []
  #piecesBytes = 0
  #run: Buffer | undefined = undefined
  #runStart = 0
  #runEnd = 0

  /** Without a buffer to fill, the first reserve makes one. */
  constructor(buffer: Buffer = NO_BYTES) {
    this.buffer = buffer
  }

  /** Bytes that wait in this batch. */
  get size(): number {
    return this.#piecesBytes + (this.#size - this.#sealed) + (this.#runEnd - this.#runStart)
  }

  /**
   * Makes room for `count` bytes and answers the offset in {@link buffer} where they go. They may be patched until
   * the next {@link run} or {@link take}.
   */
  reserve(count: number): number {
    if (this.#run !== undefined) this.#endRun()
    if (this.#size + count > this.buffer.length) this.#grow(count)
    const at = this.#size
    this.#size = at + count
    return at
  }

  /** Cuts the batch back to an offset that {@link reserve} answered: what came after is forgotten. */
  truncate(at: number): void {
    this.#size = at
  }

  u8(value: number): void {
    const at = this.reserve(1)
    this.buffer[at] = value
  }

  u16(value: number): void {
    const at = this.reserve(2)
    putU16(this.buffer, at, value)
  }

  u32(value: number): void {
    const at = this.reserve(4)
    putU32(this.buffer, at, value)
  }

  /** Copies a range; answers the offset in {@link buffer} where it lies now. */
  copy(source: Buffer, start: number, end: number): number {
    const at = this.reserve(end - start)
    copyBytes(source, start, end, this.buffer, at)
    return at
  }

  /** Appends a text as UTF-8 and answers how many bytes that took. */
  utf8(text: string): number {
    const size = Buffer.byteLength(text)
    const at = this.reserve(size)
    this.buffer.write(text, at, size, 'utf8')
    return size
  }

  /** Appends a range, without copying it when it continues the range appended just before. */
  run(source: Buffer, start: number, end: number): void {
    if (this.#run === source && this.#runEnd === start) {
      this.#runEnd = end
      return
    }
    if (this.#run !== undefined) this.#endRun()
    this.#run = source
    this.#runStart = start
    this.#runEnd = end
  }

  /** The batch as pieces in order. The writer is empty afterwards and goes on behind them in the same buffer. */
  take(): Buffer[] {
    if (this.#run !== undefined) {
      if (this.#size === 0 && this.#pieces.length === 0) return [this.#takeRun(this.#run)]
      this.#endRun()
    }
    this.#seal()
    const pieces = this.#pieces
    this.#pieces = []
    this.#piecesBytes = 0
    return pieces
  }

  /** After {@link take}: goes on with another buffer and answers the one it had. */
  replaceBuffer(buffer: Buffer = NO_BYTES): Buffer {
    const had = this.buffer
    this.buffer = buffer
    this.#size = 0
    this.#sealed = 0
    return had
  }

  /** Bytes of the batch copied into one buffer, for tests and for rare paths. */
  toBuffer(): Buffer {
    return Buffer.concat(this.take())
  }

  /** A batch that is one run needs no copy, however short it is. */
  #takeRun(source: Buffer): Buffer {
    const piece = source.subarray(this.#runStart, this.#runEnd)
    this.#run = undefined
    this.#runStart = 0
    this.#runEnd = 0
    return piece
  }

  #endRun(): void {
    const source = this.#run
    const start = this.#runStart
    const end = this.#runEnd
    this.#run = undefined
    this.#runStart = 0
    this.#runEnd = 0
    if (source === undefined) return
    if (end - start >= LINK_MIN_BYTES) {
      this.#seal()
      this.#pieces.push(source.subarray(start, end))
      this.#piecesBytes += end - start
      return
    }
    if (this.#size + (end - start) > this.buffer.length) this.#grow(end - start)
    copyBytes(source, start, end, this.buffer, this.#size)
    this.#size += end - start
  }

  #seal(): void {
    if (this.#size === this.#sealed) return
    this.#pieces.push(this.buffer.subarray(this.#sealed, this.#size))
    this.#piecesBytes += this.#size - this.#sealed
    this.#sealed = this.#size
  }

  /** A larger buffer with the same offsets; pieces that are sealed keep the buffer they were written in. */
  #grow(count: number): void {
    let capacity = Math.max(this.buffer.length * 2, INITIAL_BYTES)
    while (capacity < this.#size + count) capacity *= 2
    const larger = Buffer.allocUnsafeSlow(capacity)
    this.buffer.copy(larger, this.#sealed, this.#sealed, this.#size)
    this.buffer = larger
  }
}
