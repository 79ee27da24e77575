/** FrameStart: the first bytes of a frame that passes in pieces, for whoever is to see what it was and not all of it. */

/** Enough to see what it is; with the frames of small messages beside it, a recording stays as small as it was. */
export const FRAME_START_BYTES_MAX = 4_096

export class FrameStart {
  #parts: Buffer[] = []
  #size = 0

  get full(): boolean {
    return this.#size === FRAME_START_BYTES_MAX
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts)
  }

  /** Copies what of these bytes belongs to the first ones. */
  add(bytes: Buffer): void {
    const part = Buffer.from(bytes.subarray(0, FRAME_START_BYTES_MAX - this.#size))
    this.#size += part.length
    if (part.length > 0) this.#parts.push(part)
  }
}
