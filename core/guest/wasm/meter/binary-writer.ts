/** Writes the WebAssembly binary format (core specification §5.2) into one buffer that grows as needed. */
import { copyBytes } from '../../../../sdk/bytes.ts'

/** Bytes of a u32 that is written before its value is known: padded LEB128 is allowed (§5.2.2). */
const PATCHED_BYTES = 5

export class BinaryWriter {
  #buffer: Buffer<ArrayBuffer>
  #size = 0

  constructor(capacity: number) {
    this.#buffer = Buffer.from(new ArrayBuffer(capacity))
  }

  get size(): number {
    return this.#size
  }

  byte(value: number): void {
    if (this.#size === this.#buffer.length) this.#grow(1)
    this.#buffer[this.#size++] = value
  }

  /** u32 in as few bytes as it takes. */
  u32(value: number): void {
    let rest = value
    while (rest > 0x7f) {
      this.byte((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.byte(rest)
  }

  /** A name (§5.2.4). */
  name(text: string): void {
    const bytes = Buffer.from(text)
    this.u32(bytes.length)
    this.copy(bytes, 0, bytes.length)
  }

  copy(source: Buffer, start: number, end: number): void {
    const count = end - start
    if (count > this.#buffer.length - this.#size) this.#grow(count)
    copyBytes(source, start, end, this.#buffer, this.#size)
    this.#size += count
  }

  list(bytes: readonly number[]): void {
    for (const byte of bytes) this.byte(byte)
  }

  /** Leaves room for a size that {@link patch} fills in; answers where. */
  reserveSize(): number {
    const at = this.#size
    for (let i = 0; i < PATCHED_BYTES; i++) this.byte(0)
    return at
  }

  /** Writes the number of bytes that have followed since {@link reserveSize}. */
  patchSize(at: number): void {
    let rest = this.#size - at - PATCHED_BYTES
    for (let i = 0; i < PATCHED_BYTES - 1; i++) {
      this.#buffer[at + i] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.#buffer[at + PATCHED_BYTES - 1] = rest
  }

  /** What was written, without the spare room. */
  take(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#buffer.buffer, 0, this.#size)
  }

  #grow(count: number): void {
    let capacity = Math.max(64, this.#buffer.length * 2)
    while (capacity < this.#size + count) capacity *= 2
    const larger = Buffer.from(new ArrayBuffer(capacity))
    this.#buffer.copy(larger, 0, 0, this.#size)
    this.#buffer = larger
  }
}
