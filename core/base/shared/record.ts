/** Records of the directory as bytes: numbers big endian, texts and lists of texts with their size before them. */

const TEXT_BYTES_MAX = 0xffff

export class RecordWriter {
  #pieces: Buffer[] = []

  get bytes(): Buffer {
    return Buffer.concat(this.#pieces)
  }

  u8(value: number): void {
    this.#pieces.push(Buffer.of(value))
  }

  u16(value: number): void {
    const piece = Buffer.alloc(2)
    piece.writeUInt16BE(value)
    this.#pieces.push(piece)
  }

  u32(value: number): void {
    const piece = Buffer.alloc(4)
    piece.writeUInt32BE(value)
    this.#pieces.push(piece)
  }

  /** Texts beyond the largest size are cut. */
  text(value: string): void {
    const bytes = Buffer.from(value).subarray(0, TEXT_BYTES_MAX)
    this.u16(bytes.length)
    this.#pieces.push(bytes)
  }

  texts(values: readonly string[]): void {
    this.u16(values.length)
    for (const value of values) this.text(value)
  }
}

/** Reads what a {@link RecordWriter} wrote; only published records are ever read, so they are whole. */
export class RecordReader {
  at: number
  readonly #bytes: Buffer

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#skip(1))
  }

  u16(): number {
    return this.#bytes.readUInt16BE(this.#skip(2))
  }

  u32(): number {
    return this.#bytes.readUInt32BE(this.#skip(4))
  }

  text(): string {
    const size = this.u16()
    const at = this.#skip(size)
    return this.#bytes.toString('utf8', at, at + size)
  }

  texts(): readonly string[] {
    return Array.from({ length: this.u16() }, () => this.text())
  }

  #skip(count: number): number {
    const at = this.at
    this.at = at + count
    return at
  }
}
