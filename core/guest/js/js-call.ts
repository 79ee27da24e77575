/** JsCall: one call on its way to a plugin's process and back. */
import type { KeyValue } from '../guest-host.ts'
import { LaterAnswer } from '../later-answer.ts'
import type { Together } from '../together.ts'

/** Who is told what a call spent. */
export interface Spender {
  fuelUsed: number
  /** The store that the call may ask. */
  readonly store?: KeyValue | undefined
  /** Hears which answers come together. */
  readonly together?: Together | undefined
  /** Lines of log of a call that failed; a list of operations. */
  failedSaying(list: Buffer): void
}

export class JsCall extends LaterAnswer {
  readonly by: Spender
  /** A number of the process. */
  readonly instance: number
  /** What it may spend. */
  readonly fuel: number
  /** How often it has asked the store. */
  storeCalls = 0

  constructor(by: Spender, instance: number, fuel: number) {
    super()
    this.by = by
    this.instance = instance
    this.fuel = fuel
  }
}
