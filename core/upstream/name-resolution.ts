/**
 * Name resolution: the addresses of one hostname, kept fresh. The name servers are asked first, for they say how
 * long an answer holds; the system's own lookup answers for names they do not know, such as those of a hosts file.
 * An answer is replaced only by another one: a failure, an empty answer or none at all leave the last good one.
 */
import { isIPv6 } from 'node:net'
import { errorText } from '../base/error-text.ts'
import type { DnsQueries, DnsRecord } from './dns.ts'

/** Addresses of one name; a longer answer is cut. */
const ADDRESSES_MAX = 1_000
const RESOLVE_TIMEOUT_MS = 4_000
const LOOKUP_TIMEOUT_MS = 5_000
/** Between two rounds, whatever the options or the records say. */
const INTERVAL_MIN_MS = 10
const TTL_MIN_MS = 1_000
const TTL_MAX_MS = 3_600_000
/** While nothing is known about the name at all. */
const FIRST_RETRY_MAX_MS = 1_000
/** Waits are longer by up to this part, so that proxies started together do not go on asking together. */
const JITTER = 0.1

export interface NameResolutionOptions {
  readonly hostname: string
  readonly intervalMs: number
  /** Ask anew when the records expire instead, where that is known. */
  readonly ttl: boolean
  readonly dns: DnsQueries
  /** A number from 0 to under 1. */
  random(): number
  /** A round is over: the addresses may be others, and there may be a problem or none. */
  onAnswer(): void
}

export class NameResolution {
  readonly hostname: string
  readonly #options: NameResolutionOptions
  #v4: readonly string[] = []
  #v6: readonly string[] = []
  #asked = false
  #problem: string | undefined = undefined
  /** Counts rounds of questions; what belongs to an older one comes too late. */
  #round = 0
  /** The end of our patience with a question, or the time of the next round. */
  #timer: ReturnType<typeof setTimeout> | undefined = undefined
  /** A lookup under way: it occupies one of a few threads, so there is never a second one for a name. */
  #lookup: Question | undefined = undefined

  constructor(options: NameResolutionOptions) {
    this.hostname = options.hostname
    this.#options = options
  }

  /** The last good answer in a stable order. */
  get addresses(): readonly string[] {
    return [...this.#v4, ...this.#v6].slice(0, ADDRESSES_MAX)
  }

  /** Whether one round is over, with or without success. */
  get asked(): boolean {
    return this.#asked
  }

  /** Why the last round brought no answer; `undefined` when it did. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** Asks now, and again and again until {@link close}. */
  start(): void {
    void this.#ask(++this.#round)
  }

  /** Nothing calls back afterwards and no timer is left. */
  close(): void {
    this.#round++
    clearTimeout(this.#timer)
  }

  async #ask(round: number): Promise<void> {
    const { dns } = this.#options
    let problem = 'the name has no addresses'
    // Name servers know no names without a dot; the system may complete those with its search domains.
    if (this.hostname.includes('.')) {
      const v4 = new Question(dns.resolve4(this.hostname))
      const v6 = new Question(dns.resolve6(this.hostname))
      await this.#settled([v4, v6], RESOLVE_TIMEOUT_MS)
      if (round !== this.#round) return
      if (v4.count + v6.count > 0) return this.#accept(v4.records, v6.records)
      problem = v4.problem ?? v6.problem ?? problem
    }
    const lookup = this.#lookUp()
    await this.#settled([lookup], LOOKUP_TIMEOUT_MS)
    if (round !== this.#round) return
    if (lookup.count === 0) return this.#refuse(lookup.problem ?? problem)
    const found = Object.groupBy(lookup.records ?? [], ({ address }) => (isIPv6(address) ? 'v6' : 'v4'))
    this.#accept(found.v4 ?? [], found.v6 ?? [])
  }

  #lookUp(): Question {
    if (this.#lookup?.pending) return this.#lookup
    this.#lookup = new Question(this.#options.dns.lookup(this.hostname))
    return this.#lookup
  }

  /** Waits until all are answered, or until our patience is at its end. */
  #settled(questions: readonly Question[], timeoutMs: number): Promise<unknown> {
    return new Promise((resolve) => {
      this.#setTimer(timeoutMs, () => resolve(undefined))
      Promise.all(questions.map((question) => question.settled)).then(resolve)
    })
  }

  /** Takes the answer; a family about which nobody knew stays as it was. */
  #accept(v4: readonly DnsRecord[] | undefined, v6: readonly DnsRecord[] | undefined): void {
    if (v4 !== undefined) this.#v4 = addressesOf(v4)
    if (v6 !== undefined) this.#v6 = addressesOf(v6)
    this.#end(undefined, this.#waitMs([...(v4 ?? []), ...(v6 ?? [])]))
  }

  #refuse(problem: string): void {
    const waitMs = this.#waitMs([])
    const known = this.#v4.length + this.#v6.length > 0
    this.#end(problem, known ? waitMs : Math.min(waitMs, FIRST_RETRY_MAX_MS))
  }

  #end(problem: string | undefined, waitMs: number): void {
    this.#asked = true
    this.#problem = problem
    const round = ++this.#round
    this.#setTimer(waitMs, () => void this.#ask(round))
    this.#options.onAnswer()
  }

  /** Until the first of the records expires, or an interval when that is not asked for or not known. */
  #waitMs(records: readonly DnsRecord[]): number {
    const { intervalMs, ttl, random } = this.#options
    const ttls = ttl ? records.flatMap((record) => record.ttl ?? []) : []
    const ttlMs = ttls.reduce((least, seconds) => Math.min(least, seconds * 1_000), TTL_MAX_MS)
    const waitMs = ttls.length === 0 ? Math.max(intervalMs, INTERVAL_MIN_MS) : Math.max(ttlMs, TTL_MIN_MS)
    return waitMs * (1 + JITTER * random())
  }

  #setTimer(afterMs: number, then: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(then, afterMs)
    this.#timer.unref()
  }
}

/** Something asked, and what has become of it so far. */
class Question {
  /** `undefined` while there is no answer, and when nobody knew. */
  records: readonly DnsRecord[] | undefined = undefined
  problem: string | undefined = 'no answer in time'
  pending = true
  readonly settled: Promise<void>

  constructor(answer: Promise<readonly DnsRecord[]>) {
    this.settled = answer.then(
      (records) => this.#settle(records, undefined),
      (error: unknown) => this.#settle(undefined, errorText(error)),
    )
  }

  get count(): number {
    return this.records?.length ?? 0
  }

  #settle(records: readonly DnsRecord[] | undefined, problem: string | undefined): void {
    this.pending = false
    this.records = records
    this.problem = problem
  }
}

function addressesOf(records: readonly DnsRecord[]): readonly string[] {
  return [...new Set(records.map((record) => record.address))].sort().slice(0, ADDRESSES_MAX)
}
