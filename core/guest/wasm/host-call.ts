/**
 * HostCall: how the functions that a guest imports reach its memory, and how they stop it. What a host function takes
 * is charged from the guest's fuel; one that refuses spends all of it first, so that no guest goes on behind its back.
 */

import type { GuestHost } from '../guest-host.ts'
import { Trap, type TrapKind } from '../trap.ts'
import type { GuestMemory } from './guest-memory.ts'

/** Unwinds the guest; what it says is kept by {@link HostCall.stopped}. */
class GuestStopped extends Error {}

export class HostCall {
  readonly host: GuestHost
  /** Why the guest was stopped, until it is asked for. */
  #stopped: Trap | undefined = undefined
  #memory: GuestMemory | undefined = undefined
  #refuel: ((units: number) => number) | undefined = undefined

  constructor(host: GuestHost) {
    this.host = host
  }

  /** The instance is there; before that nothing of it runs. */
  attach(memory: GuestMemory, refuel: (units: number) => number): void {
    this.#memory = memory
    this.#refuel = refuel
  }

  get memory(): GuestMemory {
    return this.#memory ?? this.stop('abi', 'called its host before it was there')
  }

  /** Takes units of fuel for what the host does. */
  charge(units: number): void {
    const left = this.#refuel?.(0) ?? 0
    if (left < units) this.stop('fuel', 'the call has spent its fuel')
    this.#refuel?.(left - units)
  }

  /** A copy of what the guest points at. */
  bytes(pointer: number, size: number): Buffer {
    return this.memory.read(pointer, size) ?? this.stop('memory', 'it pointed its host outside of its memory')
  }

  stop(kind: TrapKind, text: string): never {
    this.#stopped ??= new Trap(kind, text)
    this.#refuel?.(-1)
    throw new GuestStopped(text)
  }

  takeStopped(): Trap | undefined {
    const stopped = this.#stopped
    this.#stopped = undefined
    return stopped
  }
}
