/**
 * ExchangeList: the exchanges in flight on one connection, in a circle that they are linked to through themselves. The list
 * holds one of them, and another only when that one is over: with each young one that is stored in what is old, the garbage
 * collector is told, 10 ns of a request. So the order is not that of the circle.
 */
import type { ExchangeEnding } from './exchange-ending.ts'

export class ExchangeList {
  count = 0
  #one: ExchangeEnding | undefined = undefined
  /** How many have come, in 32 bits. */
  #serial = 0

  add(exchange: ExchangeEnding): void {
    this.#serial = (this.#serial + 1) | 0
    exchange.serial = this.#serial
    this.count++
    const one = this.#one
    if (one === undefined) {
      exchange.next = exchange
      exchange.previous = exchange
      this.#one = exchange
      return
    }
    const next = one.next ?? one
    exchange.next = next
    exchange.previous = one
    next.previous = exchange
    one.next = exchange
  }

  remove(exchange: ExchangeEnding): void {
    const { next, previous } = exchange
    if (next === undefined || previous === undefined) return
    // The next one is the newest, which mostly stays for longest.
    if (this.#one === exchange) this.#one = next === exchange ? undefined : next
    next.previous = previous
    previous.next = next
    exchange.next = undefined
    exchange.previous = undefined
    this.count--
  }

  /** A copy, so that those in it may end while it is walked. */
  oldestFirst(): ExchangeEnding[] {
    const exchanges: ExchangeEnding[] = []
    let exchange = this.#one
    for (let left = this.count; left > 0 && exchange !== undefined; left--) {
      exchanges.push(exchange)
      exchange = exchange.next
    }
    return exchanges.sort((one, other) => (one.serial - other.serial) | 0)
  }
}
