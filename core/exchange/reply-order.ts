/**
 * ReplyOrder: replies of a protocol without ids leave in the order in which the requests came. A reply that is
 * ready too early waits here; what waits counts towards the connection's exchanges in flight and its backlog.
 */
import { ByteWriter } from '../../sdk/index.ts'
import type { ActiveExchange } from './exchange.ts'

interface Place {
  next: Place | undefined
  early: ByteWriter | undefined
  ended: boolean
}

export class ReplyOrder {
  /** Of the exchanges that have not ended. */
  readonly #places = new Map<ActiveExchange, Place>()
  #first: Place | undefined = undefined
  #last: Place | undefined = undefined
  #size = 0
  #earlyBytes = 0

  /** Places that are not given up yet: exchanges in flight, and those that are over before their turn. */
  get size(): number {
    return this.#size
  }

  /** Bytes of the replies that wait for their turn. */
  get earlyBytes(): number {
    return this.#earlyBytes
  }

  begin(exchange: ActiveExchange): void {
    const place: Place = { next: undefined, early: undefined, ended: false }
    this.#places.set(exchange, place)
    if (this.#last === undefined) this.#first = place
    else this.#last.next = place
    this.#last = place
    this.#size++
  }

  /** Where the reply is written: `undefined` when it is its turn and it may go straight to the connection. */
  early(exchange: ActiveExchange): ByteWriter | undefined {
    const place = this.#places.get(exchange)
    if (place === undefined || place === this.#first) return undefined
    place.early ??= new ByteWriter()
    return place.early
  }

  /** The exchange is over: its place and those behind it that are over too are given up, in order. */
  end(exchange: ActiveExchange, write: (reply: Buffer) => void): void {
    const place = this.#places.get(exchange)
    if (place === undefined) return
    this.#places.delete(exchange)
    place.ended = true
    this.#earlyBytes += place.early?.size ?? 0
    for (let first = this.#first; first?.ended === true; first = this.#first) {
      this.#first = first.next
      if (first.next === undefined) this.#last = undefined
      this.#size--
      this.#earlyBytes -= first.early?.size ?? 0
      if (first.early !== undefined) write(first.early.toBuffer())
    }
  }
}
