/** ChecksumField: a sum that a frame carries over some of its bytes; compared when it comes, written anew when it goes. */
import type { Checksum } from '../checksum.ts'
import { readNumber, writeNumber } from '../wire-number.ts'
import { type Edge, type Field, largest } from './field.ts'
import type { Layout } from './layout.ts'

export class ChecksumField {
  readonly field: Field
  readonly #algorithm: Checksum
  readonly #ranges: readonly (readonly [from: Edge, to: Edge])[]
  readonly #mask: number

  constructor(field: Field, algorithm: Checksum, ranges: readonly (readonly [Edge, Edge])[]) {
    this.field = field
    this.#algorithm = algorithm
    this.#ranges = ranges
    this.#mask = largest(Math.min(field.width, algorithm.size))
  }

  /** Whether it is right in the frame at `start`, whose parts' sizes are loaded. */
  right(layout: Layout, bytes: Buffer, start: number): boolean {
    const { field } = this
    const found = readNumber(bytes, layout.position(field, start), field.width, field.little)
    return found === this.#sum(layout, bytes, start)
  }

  write(layout: Layout, bytes: Buffer, start: number): void {
    writeNumber(bytes, layout.position(this.field, start), this.field, this.#sum(layout, bytes, start))
  }

  #sum(layout: Layout, bytes: Buffer, start: number): number {
    let sum = this.#algorithm.initial
    for (const [from, to] of this.#ranges)
      sum = this.#algorithm.update(sum, bytes, layout.position(from, start), layout.position(to, start))
    return this.#mask === 0xffff_ffff ? sum : sum & this.#mask
  }
}
