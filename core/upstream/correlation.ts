/**
 * Correlation: which waiting request a reply belongs to, on one upstream connection. By id for protocols that
 * have ids, in order for those that have none. It never answers a reply with a request that did not wait for it.
 */
import type { Message } from '../../sdk/index.ts'
import type { RequestSource, UpstreamRequest } from './request.ts'

export interface Correlation {
  /** Requests that wait for a reply here. */
  readonly size: number
  /** Requests that were given up and still keep their place or id, which their late reply would be told by. */
  readonly abandoned: number
  /** No further request can wait here. */
  readonly full: boolean
  /** The request whose reply is due next, where replies are told by their order; `undefined` when it was given up. */
  readonly oldest: UpstreamRequest | undefined
  /** False once a reply came that no request can have caused; where replies have ids that does no harm. */
  readonly inStep: boolean
  /** The id a request will carry; it waits from now on when it expects a reply. -1 when no id is free. */
  add(request: UpstreamRequest): number
  /** The request a reply belongs to, which waits no longer; `undefined` for a reply nobody waits for. */
  match(reply: Message): UpstreamRequest | undefined
  /** A request that waits no longer, although its reply may still come; `sent` is false when it never left. */
  remove(request: UpstreamRequest, sent?: boolean): void
  /** Whether a request of another client than this one waits. */
  hasOtherThan(source: RequestSource | undefined): boolean
  /** Everything that waits, oldest first where the order is known; nothing waits afterwards. */
  takeAll(): UpstreamRequest[]
}

const SLOTS_INITIAL = 256
/** Fresh ids count up to this many bits, so that they are positive in every language. */
const ID_BITS_MAX = 31

/** Ids this narrow come round while a late reply is still under way, and would be taken for those of others. */
const NARROW_BITS_MAX = 24
/** A text of digits longer than this is no id that was given. */
const ID_TEXT_UNITS_MAX = 32
const DIGIT_0 = 0x30

/** A table indexed by the low bits of the id; a slot whose old request is still waiting makes it grow. */
export class CorrelationById implements Correlation {
  readonly oldest = undefined
  readonly inStep = true
  readonly #idMask: number
  /** Ids of requests that were given up, kept out of use until their reply has come; where ids are wide nobody keeps them. */
  readonly #abandoned: Set<number> | undefined
  #slots: (UpstreamRequest | undefined)[]
  #slotMask: number
  #nextId = 1
  #size = 0

  constructor(idBits: number) {
    const bits = Math.min(idBits, ID_BITS_MAX)
    this.#idMask = 2 ** bits - 1
    this.#abandoned = bits <= NARROW_BITS_MAX ? new Set() : undefined
    this.#slots = new Array<UpstreamRequest | undefined>(Math.min(SLOTS_INITIAL, 2 ** bits)).fill(undefined)
    this.#slotMask = this.#slots.length - 1
  }

  get size(): number {
    return this.#size
  }

  get abandoned(): number {
    return this.#abandoned?.size ?? 0
  }

  get full(): boolean {
    return this.#size + this.abandoned > this.#idMask
  }

  add(request: UpstreamRequest): number {
    if (this.full) return -1
    let id = this.#unabandoned(this.#nextId)
    if (!request.expectsReply) {
      // A one-way takes an id that nobody waits under, for some servers answer it all the same.
      while (this.#waitsFor(id)) id = this.#unabandoned((id + 1) & this.#idMask)
      this.#nextId = (id + 1) & this.#idMask
      return id
    }
    while (this.#slots[id & this.#slotMask] !== undefined) {
      if (this.#size > this.#slotMask >>> 1 && !this.#grow()) {
        if (this.#size > this.#slotMask) return -1
      }
      if (this.#slots[id & this.#slotMask] === undefined) break
      id = this.#unabandoned((id + 1) & this.#idMask)
    }
    this.#slots[id & this.#slotMask] = request
    request.upstreamId = id
    this.#size++
    this.#nextId = (id + 1) & this.#idMask
    return id
  }

  match(reply: Message): UpstreamRequest | undefined {
    if (reply.idHigh !== 0) return undefined
    const id = reply.idText === undefined ? reply.idLow : idOf(reply.idText)
    const slot = id & this.#slotMask
    const request = this.#slots[slot]
    if (request === undefined || request.upstreamId !== id) {
      this.#abandoned?.delete(id)
      return undefined
    }
    this.#slots[slot] = undefined
    this.#size--
    return request
  }

  remove(request: UpstreamRequest, sent = true): void {
    const slot = request.upstreamId & this.#slotMask
    if (this.#slots[slot] !== request) return
    this.#slots[slot] = undefined
    if (sent) this.#abandoned?.add(request.upstreamId)
    this.#size--
  }

  hasOtherThan(source: RequestSource | undefined): boolean {
    return this.#slots.some((request) => request !== undefined && request.source !== source)
  }

  takeAll(): UpstreamRequest[] {
    const all = this.#slots.filter((request) => request !== undefined)
    this.#slots.fill(undefined)
    this.#abandoned?.clear()
    this.#size = 0
    return all
  }

  #waitsFor(id: number): boolean {
    return this.#slots[id & this.#slotMask]?.upstreamId === id
  }

  /** This id or the next one that no late reply may still carry. There is one, or the table would be full. */
  #unabandoned(id: number): number {
    const abandoned = this.#abandoned
    if (abandoned === undefined || abandoned.size === 0) return id
    let free = id
    while (abandoned.has(free)) free = (free + 1) & this.#idMask
    return free
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
  readonly full = false
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

  get oldest(): UpstreamRequest | undefined {
    return this.#waiting[this.#head]
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

  remove(request: UpstreamRequest, sent = true): void {
    const place = this.#waiting.indexOf(request, this.#head)
    if (place < 0) return
    if (sent) this.#waiting[place] = undefined
    else this.#waiting.splice(place, 1)
    this.#size--
  }

  hasOtherThan(source: RequestSource | undefined): boolean {
    if (this.#size === 0) return false
    for (let place = this.#head; place < this.#waiting.length; place++) {
      const request = this.#waiting[place]
      if (request !== undefined && request.source !== source) return true
    }
    return false
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

/** The number in a text of decimal digits; -1 when it is none that was given. */
function idOf(text: string): number {
  if (text.length === 0 || text.length > ID_TEXT_UNITS_MAX) return -1
  let id = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - DIGIT_0
    if (digit < 0 || digit > 9) return -1
    id = id * 10 + digit
  }
  return id > 2 ** ID_BITS_MAX ? -1 : id
}
