/**
 * StandingBlock: of which messages a block that has been written holds as it is, but for their numbers: those of the same
 * client and kind whose values are known to be the same.
 */
import type { Message, MessageKind, Origin } from '../../sdk/index.ts'
import type { Reads } from './declaration.ts'
import { knownValues } from './known-values.ts'

export class StandingBlock {
  /** `undefined` where the block holds of no other message. */
  #knownBy: object | undefined = undefined
  #reads: Reads | undefined = undefined
  #origin: Origin | undefined = undefined
  #kind: MessageKind = 'request'

  forget(): void {
    if (this.#knownBy !== undefined) this.#knownBy = undefined
  }

  /** The block shows this message and nothing else; the values are known by `knownBy`, if by anything. */
  stand(message: Message, reads: Reads, knownBy: object | undefined): void {
    this.#knownBy = knownBy
    // Stores that change nothing are left out: each tells the garbage collector.
    if (this.#reads !== reads) this.#reads = reads
    if (this.#origin !== message.origin) this.#origin = message.origin
    this.#kind = message.kind
  }

  /** Whether the block is this message's but for its numbers. */
  holds(message: Message, reads: Reads): boolean {
    const knownBy = this.#knownBy
    if (knownBy === undefined || this.#origin !== message.origin || this.#reads !== reads) return false
    if (this.#kind !== message.kind || message.problem !== undefined || message.idText !== undefined)
      return false
    return knownValues(message, reads) === knownBy
  }
}
