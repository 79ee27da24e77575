/**
 * GuestInstance: what a runtime offers, whichever language it runs: instances that take a block and answer with a list
 * of operations. The runtime holds the guest to its fuel and memory; what the list says is checked by the one who asked.
 */
import type { GuestHost } from './guest-host.ts'
import type { LaterAnswer } from './later-answer.ts'
import type { OpList } from './op-list.ts'
import type { Trap } from './trap.ts'

/** Nothing means that the message goes on. A list holds until the instance is called again. */
export type GuestAnswer = undefined | OpList | Trap

export interface GuestInstance {
  /** What a call spent, in the runtime's unit; it may be the call before the last, so that asking costs nothing. */
  readonly fuelUsed: number
  readonly memoryBytes: number
  /**
   * Calls the guest with the block `bytes[0, size)`, which is the caller's again when this returns. A runtime in
   * another process answers later and copies the block. Never throws; after a trap it is only closed. `fuel`
   * is what this call may spend where that is less than every call may.
   */
  call(
    phase: number,
    bytes: Buffer,
    size: number,
    fuel?: number,
  ): GuestAnswer | LaterAnswer | Promise<GuestAnswer>
  close(): void
  /** What the last call spent, told exactly and at a cost: for somebody who watches. Absent where nobody can tell. */
  spent?(): number
}

/** A plugin that is checked, compiled, and ready to be instantiated. */
export interface GuestModule {
  /** Whether instances answer later. */
  readonly remote: boolean
  /** Fuel that one use of it may spend before others have their turn; absent where its calls hold nobody up here. */
  readonly fuelPerTurn?: number
  /** The host is asked while the instance runs. */
  instantiate(host: GuestHost): GuestInstance | Trap
  /**
   * Asks the guest about configurations that one instance will be given, one block after the other, before there is one:
   * instances that answer later then know what is declared. A trap says why they cannot be used.
   */
  prepare?(blocks: readonly Buffer[]): Promise<Trap | undefined>
  /** Nothing more is instantiated; what runs outside of this thread ends with the last instance. */
  close?(): void
}
