/** Victim: somebody who calls through the same worker all the time, and has nothing to do with the hostile plugin. */
import { setTimeout as sleep } from 'node:timers/promises'
import { DemoClient } from '../../examples/demo/client.ts'
import { PATIENCE_MS } from '../support/eventually.ts'
import type { WorkerHold } from './worker-hold.ts'

const PAUSE_MS = 1

export class Victim {
  readonly #client: DemoClient
  readonly #hold: WorkerHold
  #calls = 0
  #heldMs = 0
  #calling = true
  readonly #wrong: string[] = []
  readonly #done: Promise<void>

  constructor(port: number, hold: WorkerHold) {
    this.#client = new DemoClient('127.0.0.1', port, PATIENCE_MS)
    this.#hold = hold
    this.#done = this.#call()
  }

  /** What was answered since it was last asked, and the most that the worker did during one call. */
  take(): { readonly calls: number; readonly wrong: readonly string[]; readonly heldMs: number } {
    const taken = { calls: this.#calls, wrong: this.#wrong.splice(0), heldMs: this.#heldMs }
    this.#calls = 0
    this.#heldMs = 0
    return taken
  }

  async stop(): Promise<void> {
    this.#calling = false
    await this.#done
    this.#client.close()
  }

  async #call(): Promise<void> {
    for (let n = 0; this.#calling; n++) {
      const beforeMs = this.#hold.takenMs
      const outcome = await this.#client.call({ method: 'sayHello', argument: `victim ${n}` })
      this.#heldMs = Math.max(this.#heldMs, this.#hold.takenMs - beforeMs)
      this.#calls++
      if (outcome.kind !== 'value' || !outcome.text.includes(`victim ${n}`)) this.#wrong.push(outcome.text)
      await sleep(PAUSE_MS)
    }
  }
}
