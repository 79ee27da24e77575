/** JsCall: one call on its way to a plugin's process and back. */
import { LaterAnswer } from '../later-answer.ts'

/** Who is told what a call spent. */
export interface Spender {
  fuelUsed: number
  /** Lines of log of a call that failed; a list of operations. */
  failedSaying(list: Buffer): void
}

export class JsCall extends LaterAnswer {
  readonly by: Spender
  /** What it may spend. */
  readonly fuel: number

  constructor(by: Spender, fuel: number) {
    super()
    this.by = by
    this.fuel = fuel
  }
}
