/**
 * TypeLedger: the function types that the modules of a process have brought. The engine keeps each different one for as
 * long as the process lives, whatever becomes of its module, and ends the process at two million; so they are counted,
 * and a module that brings too many new ones is refused.
 */

/** What the engine keeps of a type beside its parameters and results (measured: 130 bytes). */
const TYPE_BYTES = 128
const KEPT_BYTES_MAX = 32 << 20

export class TypeLedger {
  readonly #bytesMax: number
  readonly #known = new Set<string>()
  #bytes = 0

  constructor(bytesMax = KEPT_BYTES_MAX) {
    this.#bytesMax = bytesMax
  }

  /** Takes a type on, given as its bytes; false when there is no more room for new ones. */
  enter(type: Buffer): boolean {
    const text = type.toString('latin1')
    if (this.#known.has(text)) return true
    const bytes = this.#bytes + TYPE_BYTES + type.length
    if (bytes > this.#bytesMax) return false
    this.#bytes = bytes
    this.#known.add(text)
    return true
  }
}
