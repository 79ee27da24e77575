/** Damage: changes bytes here and there, the same for the same seed: telling values, cuts, doubled and swapped ranges. */
import { seededRandom } from '../seeded-random.ts'

const CHANGES_MAX = 6
/** Of 32 bits, little-endian: what lengths, counts and offsets break at. */
const TELLING = [
  0, 1, 3, 4, 8, 0xff, 0x100, 0xffff, 0x10000, 0x7fff_ffff, 0x8000_0000, 0xffff_fffc, 0xffff_ffff,
]

export class Damage {
  readonly #random: () => number

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  /** A whole number from 0 to under `count`. */
  below(count: number): number {
    return Math.floor(this.#random() * count)
  }

  pick<Item>(items: readonly Item[]): Item | undefined {
    return items[this.below(items.length)]
  }

  /** Nothing at all is changed now and then. */
  of(bytes: Buffer): Buffer {
    let damaged: Buffer = Buffer.from(bytes)
    for (let left = this.below(CHANGES_MAX); left > 0 && damaged.length > 4; left--)
      damaged = this.#changed(damaged)
    return damaged
  }

  #changed(bytes: Buffer): Buffer {
    const at = this.below(bytes.length)
    const end = Math.min(bytes.length, at + 1 + this.below(16))
    switch (this.below(7)) {
      case 0:
        return bytes.subarray(0, at)
      case 1:
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)])
      case 2:
        return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)])
      case 3:
      case 4:
        bytes.writeUInt32LE((this.pick(TELLING) ?? 0) >>> 0, Math.min(at & ~3, bytes.length - 4))
        return bytes
      default:
        bytes[at] = this.below(256)
        return bytes
    }
  }
}
