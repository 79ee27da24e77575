/**
 * Correlation: which waiting request a reply belongs to, on one upstream connection. By id for protocols that
 * have ids, in order for those that have none. It never answers a reply with a request that did not wait for it.
 */
import type { Message } from '../../sdk/index.ts'
import type { UpstreamRequest } from './request.ts'

export interface Correlation {
  /** Requests that wait for a reply here. */
  readonly size: number
  /** Requests that were given up and still keep their place, because replies are told by their order. */
  readonly abandoned: number
  /** False once a reply came that no request can have caused; where replies have ids that does no harm. */
  readonly inStep: boolean
  /** The id a request will carry; it waits from now on when it expects a reply. -1 when no id is free. */
  add(request: UpstreamRequest): number
  /** The request a reply belongs to, which waits no longer; `undefined` for a reply nobody waits for. */
  match(reply: Message): UpstreamRequest | undefined
  /** A request that waits no longer, although its reply may still come. */
  remove(request: UpstreamRequest): void
  /** Everything that waits, oldest first where the order is known; nothing waits afterwards. */
  takeAll(): UpstreamRequest[]
}

const SLOTS_INITIAL = 256
/** Fresh ids count up to this many bits, so that they are positive in every language. */
const ID_BITS_MAX = 31

/** A table indexed by the low bits of the id; a slot whose old request is still waiting makes it grow. */
export class CorrelationById implements Correlation {
  readonly abandoned = 0
  readonly inStep = true
  readonly #idMask: number
  #slots: (UpstreamRequest | undefined)[]
  #slotMask: number
  #nextId = 1
  #size = 0

  constructor(idBits: number) {
    const bits = Math.min(idBits, ID_BITS_MAX)
    this.#idMask = 2 ** bits - 1
    this.#slots = new Array<UpstreamRequest | undefined>(Math.min(SLOTS_INITIAL, 2 ** bits)).fill(undefined)
    this.#slotMask = this.#slots.length - 1
  }

  get size(): number {
    return this.#size
  }

  add(request: UpstreamRequest): number {
    let id = this.#nextId
    if (!request.expectsReply) {
      this.#nextId = (id + 1) & this.#idMask
      return id
    }
    while (this.#slots[id & this.#slotMask] !== undefined) {
      if (this.#size > this.#slotMask >>> 1 && !this.#grow()) {
        if (this.#size > this.#slotMask) return -1
      }
      if (this.#slots[id & this.#slotMask] === undefined) break
      id = (id + 1) & this.#idMask
    }
    this.#slots[id & this.#slotMask] = request
    request.upstreamId = id
    this.#size++
    this.#nextId = (id + 1) & this.#idMask
    return id
  }

  match(reply: Message): UpstreamRequest | undefined {
    if (reply.idHigh !== 0) return undefined
    const slot = reply.idLow & this.#slotMask
    const request = this.#slots[slot]
    if (request === undefined || request.upstreamId !== reply.idLow) return undefined
    this.#slots[slot] = undefined
    this.#size--
    return request
  }

  remove(request: UpstreamRequest): void {
    const slot = request.upstreamId & this.#slotMask
    if (this.#slots[slot] !== request) return
    this.#slots[slot] = undefined
    this.#size--
  }

  takeAll(): UpstreamRequest[] {
    const all = this.#slots.filter((request) => request !== undefined)
    this.#slots.fill(undefined)
    this.#size = 0
    return all
  }

  /** Twice the slots, unless there is one for every id already. */
  #grow(): boolean {
    if (this.#slotMask === this.#idMask) return false
    const old = this.#slots
    this.#slotMask = this.#slotMask * 2 + 1
    this.#slots = new Array<UpstreamRequest | undefined>(this.#slotMask + 1).fill(undefined)
    for (const request of old)
      if (request !== undefined) this.#slots[request.upstreamId & this.#slotMask] = request
    return true
  }
}

/** Replies come in the order of the requests; a request that was given up keeps its place until its reply has come. */
export class CorrelationInOrder implements Correlation {
  /** `undefined` is the place of a request that was given up. */
  #waiting: (UpstreamRequest | undefined)[] = []
  #head = 0
  #size = 0
  #inStep = true

  get size(): number {
    return this.#size
  }

  get abandoned(): number {
    return this.#waiting.length - this.#head - this.#size
  }

  get inStep(): boolean {
    return this.#inStep
  }

  add(request: UpstreamRequest): number {
    if (!request.expectsReply) return 0
    this.#waiting.push(request)
    this.#size++
    return 0
  }

  match(_reply: Message): UpstreamRequest | undefined {
    if (this.#head === this.#waiting.length) {
      this.#inStep = false
      return undefined
    }
    const request = this.#waiting[this.#head]
    this.#waiting[this.#head++] = undefined
    if (this.#head > 1_024 && this.#head * 2 > this.#waiting.length) this.#compact()
    if (request !== undefined) this.#size--
    return request
  }

  remove(request: UpstreamRequest): void {
    const place = this.#waiting.indexOf(request, this.#head)
    if (place < 0) return
    this.#waiting[place] = undefined
    this.#size--
  }

  takeAll(): UpstreamRequest[] {
    const all = this.#waiting.slice(this.#head).filter((request) => request !== undefined)
    this.#waiting = []
    this.#head = 0
    this.#size = 0
    return all
  }

  #compact(): void {
    this.#waiting = this.#waiting.slice(this.#head)
    this.#head = 0
  }
}
