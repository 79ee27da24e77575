/**
 * FilterChain: a listener's filters in the configured order, compiled once per snapshot into the lists that the
 * phases walk. It counts the exchanges that run on it, so that the filters of a replaced snapshot are destroyed
 * when the last exchange that began with them has ended, and not before.
 */
import type { Filter, Message } from '../../sdk/index.ts'

export interface NamedFilter {
  readonly name: string
  readonly filter: Filter
  /** What the chain does with a filter that others use too, in place of destroying it. */
  readonly release?: () => void
}

/** A filter with its place in the chain. */
export interface Step {
  readonly index: number
  readonly filter: Filter
}

export class FilterChain {
  readonly filters: readonly Filter[]
  readonly names: readonly string[]
  /** Filters with `onResponse`, last first: responses pass in reverse. */
  readonly response: readonly Step[]
  readonly end: readonly Step[]
  /** Filters that see pieces of requests, in order, and of responses, last first. */
  readonly requestPieces: readonly Step[]
  readonly responsePieces: readonly Step[]
  /** Whether a filter reads whole bodies, which are not passed on in pieces then. */
  readonly wholeRequests: boolean
  readonly wholeResponses: boolean
  /** The filter that finds routes; the last one wins, as it is the one that forwards. */
  readonly routeSource: Filter | undefined
  readonly #named: readonly NamedFilter[]
  /** What the filters decide about requests by; looked up when the first comes in pieces. */
  #reads: readonly string[] | undefined = undefined
  #exchanges = 0
  #retired = false
  #destroyed = false
  /** What filters still do that were destroyed. */
  #endings: Promise<unknown>[] = []

  constructor(named: readonly NamedFilter[]) {
    this.#named = named
    this.filters = named.map(({ filter }) => filter)
    this.names = named.map(({ name }) => name)
    const steps = this.filters.map((filter, index) => ({ index, filter }))
    this.response = steps.filter(({ filter }) => filter.onResponse !== undefined).reverse()
    this.end = steps.filter(({ filter }) => filter.onEnd !== undefined)
    this.requestPieces = steps.filter(({ filter }) => filter.onStreamData !== undefined)
    this.responsePieces = this.requestPieces.toReversed()
    this.wholeRequests = this.filters.some(({ wholeBodies }) => wholeBodies?.request === true)
    this.wholeResponses = this.filters.some(({ wholeBodies }) => wholeBodies?.response === true)
    this.routeSource = this.filters.findLast((filter) => filter.route !== undefined)
  }

  /** Exchanges that run on this chain now. */
  get exchangesActive(): number {
    return this.#exchanges
  }

  /** Resolves when the filters that were destroyed have done what they do then, such as writing what they hold. */
  get settled(): Promise<unknown> {
    return Promise.all(this.#endings)
  }

  /** Whether a filter needs more of a request than its beginning tells. */
  needsWhole(beginning: Message): boolean {
    const { reader } = beginning
    if (this.wholeRequests || reader.lacks === undefined) return this.wholeRequests
    this.#reads ??= [...new Set(this.filters.flatMap(({ reads = [] }) => reads))]
    for (const key of this.#reads) if (reader.lacks(beginning, key)) return true
    return false
  }

  enter(): void {
    this.#exchanges++
  }

  leave(): void {
    this.#exchanges--
    if (this.#retired && this.#exchanges === 0) this.#destroy()
  }

  /**
   * This chain with another filter before its own, which stay its own: they are destroyed by this chain, and not
   * before the other one is.
   */
  behind(first: NamedFilter): FilterChain {
    this.enter()
    const release = () => {
      first.release?.()
      this.leave()
    }
    const own = this.#named.map(({ name, filter }) => ({ name, filter, release: () => undefined }))
    return new FilterChain([{ ...first, release }, ...own])
  }

  /** Nothing begins on this chain any more; its filters are destroyed when the exchanges that run have ended. */
  retire(): void {
    if (this.#retired) return
    this.#retired = true
    if (this.#exchanges === 0) this.#destroy()
  }

  #destroy(): void {
    if (this.#destroyed) return
    this.#destroyed = true
    for (const { filter, release } of this.#named) {
      if (release !== undefined) release()
      else this.#endings.push(Promise.resolve(filter.onDestroy?.()).catch(() => undefined))
    }
  }
}
