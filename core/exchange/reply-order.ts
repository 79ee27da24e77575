/**
 * ReplyOrder: replies of a protocol without ids leave in the order in which the requests came. A reply that is
 * ready too early waits here; what waits counts towards the connection's exchanges in flight.
 */
import { ByteWriter } from '../../sdk/index.ts'
import type { ActiveExchange } from './exchange.ts'

interface Place {
  readonly exchange: ActiveExchange
  early: ByteWriter | undefined
  ended: boolean
}

export class ReplyOrder {
  #places: Place[] = []

  begin(exchange: ActiveExchange): void {
    this.#places.push({ exchange, early: undefined, ended: false })
  }

  /** Where the reply is written: `undefined` when it is its turn and it may go straight to the connection. */
  early(exchange: ActiveExchange): ByteWriter | undefined {
    const place = this.#places.find((other) => other.exchange === exchange)
    if (place === undefined || place === this.#places[0]) return undefined
    place.early ??= new ByteWriter()
    return place.early
  }

  /** The exchange is over: its place and those behind it that are over too are given up, in order. */
  end(exchange: ActiveExchange, write: (reply: Buffer) => void): void {
    const place = this.#places.find((other) => other.exchange === exchange)
    if (place === undefined) return
    place.ended = true
    for (let first = this.#places[0]; first?.ended === true; first = this.#places[0]) {
      this.#places.shift()
      if (first.early !== undefined) write(first.early.toBuffer())
    }
  }
}
