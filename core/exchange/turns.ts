/**
 * Turns: the requests of one connection that are not sent yet because a filter holds one of them, where a protocol tells
 * replies by their order and servers do what they are told in that order. A request that is ready waits for those before
 * it; without a held one nothing is kept here.
 */
import type { ExchangeEnding } from './exchange-ending.ts'

export class Turns {
  #waiting: ExchangeEnding[] = []
  #passing = false

  /** Whether nobody waits, which is all that most requests ever ask. */
  get empty(): boolean {
    return this.#waiting.length === 0
  }

  /** A filter holds this request: those behind it wait. */
  hold(exchange: ExchangeEnding): void {
    if (!this.#waiting.includes(exchange)) this.#waiting.push(exchange)
  }

  /** Whether a request that is ready may be sent; if not, {@link ExchangeEnding.proceed} is called at its turn. */
  take(exchange: ExchangeEnding): boolean {
    if (this.#waiting[0] !== exchange) {
      this.hold(exchange)
      return false
    }
    this.#waiting.shift()
    return true
  }

  /** All of them are about to be over, and none of them is to be sent any more. */
  clear(): void {
    this.#waiting = []
  }

  /** A request has been sent or is over: those behind it that are ready have their turn. */
  pass(exchange: ExchangeEnding | undefined): void {
    const place = exchange === undefined ? -1 : this.#waiting.indexOf(exchange)
    if (place >= 0) this.#waiting.splice(place, 1)
    if (this.#passing) return
    this.#passing = true
    for (let next = this.#waiting[0]; next?.ready === true; next = this.#waiting[0]) {
      this.#waiting.shift()
      next.proceed()
    }
    this.#passing = false
  }
}
