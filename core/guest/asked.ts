/** Asked: one message that a guest is asked about. */
import type { Exchange, Metadata, Mutation } from '../../sdk/index.ts'
import type { HeldMessage } from './held-messages.ts'

export interface Asked {
  readonly metadata: Metadata
  readonly mutation: Mutation
  readonly exchange: Exchange
  readonly handle: number
  readonly phase: number
  /** The message when it was held before. */
  readonly held: HeldMessage | undefined
}
