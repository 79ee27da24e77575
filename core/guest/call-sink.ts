/**
 * CallSink: where the operations of a call go: the edits into the message's mutation, the verdict to the filter, lines
 * and counts to where the plugin's are limited. It knows one message; one sink serves all calls of a filter.
 */

import { abi } from '../../sdk/abi/abi.ts'
import { Mutation } from '../../sdk/index.ts'
import { oneLine } from '../base/one-line.ts'
import type { GuestCounters } from './guest-counters.ts'
import type { GuestLog } from './guest-log.ts'
import type { Addressees } from './op-check.ts'
import type { GuestVerdict, LogLevelName, OpSink } from './ops.ts'
import type { Trap } from './trap.ts'

export class CallSink implements OpSink, Addressees {
  /** What was decided about the message; nothing while it goes on. */
  decided: GuestVerdict | undefined = undefined
  readonly #log: GuestLog
  readonly #counters: GuestCounters
  readonly #grants: number
  #handle = 0
  #mutation: Mutation | undefined = undefined
  /** How often the guest has changed the message before. */
  editsCount = 0

  constructor(parts: { readonly log: GuestLog; readonly counters: GuestCounters; readonly grants: number }) {
    this.#log = parts.log
    this.#counters = parts.counters
    this.#grants = parts.grants
  }

  /** A call about this message begins; without a mutation nothing may be done to any. */
  begin(handle: number, mutation: Mutation | undefined, editsCount = 0): void {
    this.editsCount = editsCount
    this.decided = undefined
    this.#handle = handle
    this.#mutation = mutation
    this.#log.beginCall()
    this.#counters.beginCall()
  }

  has(handle: number): boolean {
    return handle === this.#handle && this.#mutation !== undefined
  }

  /** The check has let only this message's handle pass. */
  mutation(): Mutation {
    return this.#mutation ?? new Mutation()
  }

  verdict(_handle: number, verdict: GuestVerdict): void {
    this.decided = verdict
  }

  log(level: LogLevelName, text: string): void {
    if ((this.#grants & abi.grant.log) !== 0) this.#log.write(level, text)
  }

  count(name: string, count: number): void {
    if ((this.#grants & abi.grant.counters) !== 0) this.#counters.add(name, count)
  }

  /** Says why a call failed, within the limits of what the guest itself may say. */
  sayFailure(trap: Trap): void {
    this.#log.beginCall()
    this.#log.write('warn', `a call failed: ${oneLine(trap.reason)}`, true)
  }

  reads(): void {}
  readsAll(): void {}
  wants(): void {}
  phases(): void {}
  refuse(): void {}
  state(): void {}
}
