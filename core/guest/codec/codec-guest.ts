/**
 * CodecGuest: whom a codec asks, and what becomes of it when that fails: the instance is thrown away and the next one
 * takes its place, the failure is counted and said. Nothing that a connection needs lies in an instance, so only the
 * connection it happened on is lost.
 */
import type { Log } from '../../../sdk/index.ts'
import type { BlockTimes } from '../block.ts'
import type { Breaker } from '../breaker.ts'
import type { CallSink } from '../call-sink.ts'
import type { GuestAnswer, GuestInstance } from '../guest-instance.ts'
import type { GuestServices } from '../guest-services.ts'
import type { GuestStats } from '../guest-stats.ts'
import type { Instances } from '../instances.ts'
import { LaterAnswer } from '../later-answer.ts'
import { Trap } from '../trap.ts'
import type { CodecBlock } from './codec-block.ts'
import type { CodecLimits } from './codec-limits.ts'
import { CodecNotes } from './codec-notes.ts'

export interface CodecGuestParts {
  readonly plugin: string
  readonly instances: Instances
  readonly breaker: Breaker
  readonly stats: GuestStats
  readonly sink: CallSink
  readonly log: Log
  readonly limits: CodecLimits
  readonly services: Pick<GuestServices, 'failed'>
  /** What the time is told by, where it is granted. */
  readonly clock?: BlockTimes | undefined
}

/** Memory is looked at once in so many calls. */
const WEIGHED_EVERY = 1_024

/** What an answer is read with. */
export type Read<Result> = (answer: Exclude<GuestAnswer, Trap>) => Result | Trap

export class CodecGuest {
  readonly limits: CodecLimits
  readonly notes: CodecNotes
  readonly #parts: CodecGuestParts
  readonly #instances: Instances
  readonly #stats: GuestStats
  #calls = 0
  /** What calls left over, below 0 where they took more than they had; and what the last two had, savings aside. */
  #saved = 0
  #allowed = 0
  #allowedBefore = 0
  /** What the memory gauge holds for this codec. */
  #weight = 0
  /** Nobody is to hear any more whether its breaker is open. */
  #replaced = false
  /** Nor what it weighs. */
  #ended = false

  constructor(parts: CodecGuestParts) {
    this.#parts = parts
    this.limits = parts.limits
    this.notes = new CodecNotes(parts.sink)
    this.#instances = parts.instances
    this.#stats = parts.stats
    this.#weigh(parts.instances.memoryBytes)
  }

  /** Whether a new connection may rely on it; no while it is left alone after failures. */
  admits(): boolean {
    return this.#parts.breaker.admits()
  }

  /** Whether it is left alone after failures; asking changes nothing. */
  get leftAlone(): boolean {
    return this.#parts.breaker.state === 'open'
  }

  /** Asks with a block that hands over so many bytes; `read` is given the answer while it holds. */
  ask<Result>(
    phase: number,
    block: CodecBlock,
    handedBytes: number,
    read: Read<Result>,
  ): Result | Trap | Promise<Result | Trap> {
    const instance = this.#instances.get()
    if (instance instanceof Trap) return this.#failed(instance)
    const { clock } = this.#parts
    if (clock !== undefined) block.stamp(clock)
    const { fuelPerCall, fuelPerByte } = this.limits
    this.#allowedBefore = this.#allowed
    this.#allowed = fuelPerCall + handedBytes * fuelPerByte
    const fuel = this.#allowed + Math.max(this.#saved, 0)
    const answer = instance.call(phase, block.bytes, block.size, fuel)
    if (answer instanceof LaterAnswer)
      return answer.promise().then((told) => this.#read(instance, told, read))
    if (answer instanceof Promise) return answer.then((told) => this.#read(instance, told, read))
    return this.#read(instance, answer, read)
  }

  /** Another version has taken its place; it goes on for the connections that it has. */
  replaced(): void {
    if (this.#replaced) return
    if (this.#parts.breaker.state !== 'closed') this.#stats.breakerOpen.add(-1)
    this.#replaced = true
  }

  /** The last of its connections has ended; a request that still waits for one may yet ask it something. */
  ended(): void {
    this.replaced()
    this.#weigh(0)
    this.#ended = true
  }

  close(): void {
    this.#instances.close()
    this.ended()
  }

  #weigh(bytes: number): void {
    if (this.#ended) return
    this.#stats.memory.add(bytes - this.#weight)
    this.#weight = bytes
  }

  #read<Result>(instance: GuestInstance, answer: GuestAnswer, read: Read<Result>): Result | Trap {
    this.notes.begin()
    const result = answer instanceof Trap ? answer : read(answer)
    this.#stats.fuel.add(instance.fuelUsed)
    this.#stats.fuelPerCall.observe(instance.fuelUsed)
    this.#save(instance.fuelUsed)
    if (this.#calls++ % WEIGHED_EVERY === 0) this.#weigh(this.#instances.memoryBytes)
    if (result instanceof Trap) {
      this.#instances.discard(instance)
      this.#saved = 0
      this.#allowed = 0
      return this.#failed(result)
    }
    if (answer === undefined) this.#stats.nothing.add(1)
    else this.#stats.answered.add(1)
    this.#succeeded()
    return result
  }

  /** What an instance says it used is what the call before the last one did. */
  #save(used: number): void {
    const max = this.limits.fuelSavedMax
    // The first call of an instance tells what it took to start.
    if (max === 0 || this.#allowedBefore === 0) return
    this.#saved = Math.min(max, Math.max(-max, this.#saved + this.#allowedBefore - used))
  }

  #succeeded(): void {
    const { breaker } = this.#parts
    if (breaker.state !== 'trying') return
    breaker.succeeded()
    if (!this.#replaced) this.#stats.breakerOpen.add(-1)
  }

  #failed(trap: Trap): Trap {
    const { plugin, log, sink, services, breaker } = this.#parts
    const wasClosed = breaker.state === 'closed'
    this.#stats.trap(trap.kind)
    sink.sayFailure(trap)
    services.failed?.(plugin, trap)
    if (breaker.failed() && wasClosed && !this.#replaced) {
      this.#stats.breakerOpen.add(1)
      log.error('a codec keeps failing and takes no new connections for a while', { plugin })
    }
    return trap
  }
}
