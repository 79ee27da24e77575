/**
 * Turn: what happens once per turn of the event loop. Connections that were written to are flushed together after
 * every socket that was ready has been read, so that all replies of a turn leave in one write per connection. It
 * also lends the batch buffers, so that an idle connection holds none.
 */
import { Departures } from './departures.ts'
import { Intake } from './intake.ts'

const BUFFER_BYTES = 65_536
/** Buffers that have grown past this are not lent again. */
const BUFFER_KEPT_BYTES = 262_144
const BUFFERS_KEPT_COUNT = 256

export interface Flushable {
  flush(): void
}

export class Turn {
  /** What every socket is read into. */
  readonly intake = new Intake()
  /** Requests that leave together. */
  readonly departures = new Departures()
  /** How many turns have ended in which something was written. */
  count = 0
  #dirty: Flushable[] = []
  #scheduled = false
  readonly #buffers: Buffer[] = []
  readonly #run = (): void => this.#flush()

  /** Whether something was appended in this turn: then somebody has looked at the clock in it. */
  get begun(): boolean {
    return this.#scheduled
  }

  /** Flushes this at the end of the turn; asked once per turn and flushable. */
  add(flushable: Flushable): void {
    this.#dirty.push(flushable)
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(this.#run)
  }

  borrow(): Buffer {
    return this.#buffers.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES)
  }

  /** Takes a buffer back whose bytes have all been written. */
  giveBack(buffer: Buffer): void {
    const reusable = buffer.length >= BUFFER_BYTES && buffer.length <= BUFFER_KEPT_BYTES
    if (reusable && this.#buffers.length < BUFFERS_KEPT_COUNT) this.#buffers.push(buffer)
  }

  #flush(): void {
    const flushing = this.#dirty
    this.#dirty = []
    this.#scheduled = false
    this.count++
    for (const flushable of flushing) flushable.flush()
  }
}
