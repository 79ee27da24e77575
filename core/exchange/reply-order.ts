/**
 * ReplyOrder: replies of a protocol without ids leave in the order in which the requests came. A reply that is
 * ready too early waits here; what waits counts towards the connection's exchanges in flight and its backlog. The
 * exchanges are linked through themselves, so that keeping the order allocates nothing.
 */
import { ByteWriter } from '../../sdk/index.ts'
import type { ExchangeEnding } from './exchange-ending.ts'

/** Who writes a reply that has waited, when its turn has come. */
export interface EarlyWriter {
  writeEarly(reply: Buffer): void
}

export class ReplyOrder {
  #first: ExchangeEnding | undefined = undefined
  #last: ExchangeEnding | undefined = undefined
  #size = 0
  #earlyBytes = 0
  /** Something else is being written, and no reply may go in between. */
  #held = false

  /** Places that are not given up yet: exchanges in flight, and those that are over before their turn. */
  get size(): number {
    return this.#size
  }

  /** Bytes of the replies that wait for their turn. */
  get earlyBytes(): number {
    return this.#earlyBytes
  }

  begin(exchange: ExchangeEnding): void {
    exchange.place = 'due'
    if (this.#last === undefined) this.#first = exchange
    else this.#last.behind = exchange
    this.#last = exchange
    this.#size++
  }

  /** Whether the exchange's reply is the next one. */
  due(exchange: ExchangeEnding): boolean {
    return exchange === this.#first && !this.#held
  }

  /** No reply goes to the connection until {@link goOn}. */
  hold(): void {
    this.#held = true
  }

  /** Replies that have waited go on. */
  goOn(writer: EarlyWriter): void {
    this.#held = false
    this.#giveUp(writer)
  }

  /** Where the reply is written: `undefined` when it is its turn and it may go straight to the connection. */
  early(exchange: ExchangeEnding): ByteWriter | undefined {
    if ((exchange === this.#first && !this.#held) || exchange.place !== 'due') return undefined
    exchange.early ??= new ByteWriter()
    return exchange.early
  }

  /** The exchange is over: its place and those behind it that are over too are given up, in order. */
  end(exchange: ExchangeEnding, writer: EarlyWriter): void {
    if (exchange.place !== 'due') return
    exchange.place = 'over'
    this.#earlyBytes += exchange.early?.size ?? 0
    if (!this.#held) this.#giveUp(writer)
  }

  #giveUp(writer: EarlyWriter): void {
    for (let first = this.#first; first?.place === 'over'; first = this.#first) {
      const { early } = first
      this.#first = first.behind
      if (first.behind === undefined) this.#last = undefined
      first.behind = undefined
      first.early = undefined
      first.place = 'none'
      this.#size--
      this.#earlyBytes -= early?.size ?? 0
      if (early !== undefined) writer.writeEarly(early.toBuffer())
    }
    this.#first?.pieces?.onDue()
  }
}
