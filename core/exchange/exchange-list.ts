/** ExchangeList: the exchanges in flight on one connection, linked through themselves, so that keeping them is free. */
import type { ExchangeEnding } from './exchange-ending.ts'

export class ExchangeList {
  count = 0
  #newest: ExchangeEnding | undefined = undefined

  add(exchange: ExchangeEnding): void {
    exchange.next = this.#newest
    if (this.#newest !== undefined) this.#newest.previous = exchange
    this.#newest = exchange
    this.count++
  }

  remove(exchange: ExchangeEnding): void {
    if (exchange.previous === undefined) this.#newest = exchange.next
    else exchange.previous.next = exchange.next
    if (exchange.next !== undefined) exchange.next.previous = exchange.previous
    exchange.next = undefined
    exchange.previous = undefined
    this.count--
  }

  /** A copy, so that those in it may end while it is walked. */
  oldestFirst(): ExchangeEnding[] {
    const exchanges: ExchangeEnding[] = []
    for (let exchange = this.#newest; exchange !== undefined; exchange = exchange.next)
      exchanges.push(exchange)
    return exchanges.reverse()
  }
}
