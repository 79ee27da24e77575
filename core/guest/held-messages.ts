/**
 * HeldMessages: the messages that a guest has paused, each until its timer, the answer to its call out, or the end of
 * its exchange. What has ended is never handed to the guest again.
 */
import type { Exchange, LocalReply, Metadata, Mutation } from '../../sdk/index.ts'
import { Pause } from '../../sdk/index.ts'
import type { Deadline, TimingWheel } from '../base/timing-wheel.ts'
import type { CallOut } from './ops.ts'

/** What a call out came to; a string says why it failed. */
export type CallAnswer = (LocalReply & { readonly status: number }) | string

/** Sends a guest's request to a named cluster; `answered` is called once, later. */
export type CallOutPort = (call: CallOut, answered: (answer: CallAnswer) => void) => void

/** A message that waits; the fields of the wheel are the wheel's. */
export class HeldMessage implements Deadline {
  readonly pause = new Pause()
  readonly exchange: Exchange
  readonly metadata: Metadata
  readonly mutation: Mutation
  readonly handle: number
  /** The phase in which it paused. */
  readonly phase: number
  pauses = 0
  deadlineMs = 0
  wheelNext: Deadline | undefined = undefined
  wheelPrevious: Deadline | undefined = undefined
  /** Goes up with every wait, so that an answer which comes too late is told from the one that is waited for. */
  wait = 0
  readonly #woken: (held: HeldMessage, answer: CallAnswer | undefined) => void

  constructor(parts: {
    readonly exchange: Exchange
    readonly metadata: Metadata
    readonly mutation: Mutation
    readonly handle: number
    readonly phase: number
    woken(held: HeldMessage, answer: CallAnswer | undefined): void
  }) {
    this.exchange = parts.exchange
    this.metadata = parts.metadata
    this.mutation = parts.mutation
    this.handle = parts.handle
    this.phase = parts.phase
    this.#woken = parts.woken
  }

  onDeadline(): void {
    this.#woken(this, undefined)
  }

  answered(wait: number, answer: CallAnswer): void {
    if (wait === this.wait) this.#woken(this, answer)
  }
}

export class HeldMessages {
  readonly #wheel: TimingWheel
  readonly #callOut: CallOutPort
  /** An exchange has several where its request and its response are held, each in its direction. */
  readonly #byExchange = new Map<Exchange, HeldMessage[]>()
  #count = 0

  constructor(wheel: TimingWheel, callOut: CallOutPort | undefined) {
    this.#wheel = wheel
    this.#callOut = callOut ?? ((_call, answered) => answered('there is nothing here that calls out'))
  }

  get count(): number {
    return this.#count
  }

  /** Waits for the time. */
  waitFor(held: HeldMessage, ms: number): void {
    this.#enter(held)
    this.#wheel.arm(held, ms)
  }

  /** Calls out and waits for the answer; when none comes in time, that is the answer. */
  call(held: HeldMessage, call: CallOut): void {
    this.#enter(held)
    const { wait } = held
    this.#wheel.arm(held, call.timeoutMs)
    this.#callOut(call, (answer) => held.answered(wait, answer))
  }

  /** Whether the message still waits; it no longer does afterwards. */
  release(held: HeldMessage): boolean {
    const ofExchange = this.#byExchange.get(held.exchange)
    const at = ofExchange?.indexOf(held) ?? -1
    if (ofExchange === undefined || at < 0) return false
    if (ofExchange.length === 1) this.#byExchange.delete(held.exchange)
    else ofExchange.splice(at, 1)
    this.#count--
    this.#wheel.cancel(held)
    held.wait++
    return true
  }

  /** The exchange has ended, however it did. */
  forget(exchange: Exchange): void {
    const ofExchange = this.#byExchange.get(exchange)
    if (ofExchange !== undefined) for (const held of [...ofExchange]) this.release(held)
  }

  close(): void {
    for (const exchange of [...this.#byExchange.keys()]) this.forget(exchange)
  }

  #enter(held: HeldMessage): void {
    held.pauses++
    held.wait++
    this.#count++
    const ofExchange = this.#byExchange.get(held.exchange)
    if (ofExchange === undefined) this.#byExchange.set(held.exchange, [held])
    else ofExchange.push(held)
  }
}
