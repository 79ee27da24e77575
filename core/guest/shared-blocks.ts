/**
 * SharedBlocks: the writers of a worker's blocks. Filters that are told the same of a message have one writer, so that
 * a chain of them has each message written once. A writer goes with the last filter that uses it.
 */
import { BlockWriter } from './block.ts'
import type { Reads } from './declaration.ts'
import type { Stamps } from './shown-message.ts'

/** A writer, with what it is to be told that the guest reads: the same object for all who have it. */
export interface BlockUse {
  readonly writer: BlockWriter
  readonly reads: Reads
  /** The filter is gone. Called once. */
  release(): void
}

interface Shared {
  readonly writer: BlockWriter
  readonly reads: Reads
  users: number
}

export class SharedBlocks {
  readonly #shared = new Map<string, Shared>()
  readonly #stamps: Stamps = { last: 0 }

  /** `numbered`: records say which configuration holds. */
  take(phase: number, reads: Reads, numbered: boolean): BlockUse {
    const key = JSON.stringify([phase, numbered, reads])
    const shared = this.#shared.get(key) ?? {
      writer: new BlockWriter(numbered, this.#stamps),
      reads,
      users: 0,
    }
    this.#shared.set(key, shared)
    shared.users++
    shared.writer.share(shared.users > 1)
    return { writer: shared.writer, reads: shared.reads, release: () => this.#release(key, shared) }
  }

  #release(key: string, shared: Shared): void {
    if (--shared.users === 0) this.#shared.delete(key)
    else shared.writer.share(shared.users > 1)
  }
}
