/**
 * ShownMessage: which message a block shows, and of that what it hangs on, so that another filter that is told the same
 * can be given the block again. Messages that are shown bear a stamp.
 */
import type { Message } from '../../sdk/index.ts'
import type { Reads } from './declaration.ts'

/** Stamps begin anew behind this one, by when the messages of the first ones are long gone. */
const STAMPS_MAX = 0x3fff_ffff
const NOTHING: Reads = Object.freeze({ keys: [], allKeys: false, body: false, operation: false })

/** Messages that several writers show are stamped with numbers that go on through all of them. */
export interface Stamps {
  last: number
}

export class ShownMessage {
  readonly #stamps: Stamps | undefined
  /** 0: none. */
  #stamp = 0
  #reads: Reads = NOTHING
  #config = 0
  #edits = 0
  #problem: string | undefined = undefined

  /** Without stamps nothing is ever shown again. */
  constructor(stamps: Stamps | undefined) {
    this.#stamps = stamps
  }

  forget(): void {
    this.#stamp = 0
  }

  show(message: Message, reads: Reads, config: number): void {
    const stamps = this.#stamps
    if (stamps === undefined) return
    const { mutation, problem } = message
    stamps.last = stamps.last === STAMPS_MAX ? 1 : stamps.last + 1
    message.stamp = stamps.last
    this.#stamp = stamps.last
    this.#config = config
    this.#edits = mutation === undefined ? 0 : mutation.edits.length
    // Stores that change nothing are left out: each tells the garbage collector.
    if (this.#reads !== reads) this.#reads = reads
    if (this.#problem !== problem) this.#problem = problem
  }

  /** Whether it is this message, as it is now. */
  is(message: Message, config: number): boolean {
    if (this.#stamp === 0 || message.stamp !== this.#stamp) return false
    if (config !== this.#config || message.problem !== this.#problem) return false
    return !this.#changed(message)
  }

  /** Whether a key that is shown was changed since. */
  #changed({ mutation }: Message): boolean {
    if (mutation === undefined) return false
    const { edits } = mutation
    if (edits.length === this.#edits) return false
    if (this.#reads.allKeys || edits.length < this.#edits) return true
    for (let i = this.#edits; i < edits.length; i++) {
      if (this.#reads.keys.includes(edits[i]?.key ?? '')) return true
    }
    this.#edits = edits.length
    return false
  }
}
