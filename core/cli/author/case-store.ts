/** CaseStore: the key-value store of one case, in plain memory on the case's clock. */
import type { Clock } from '../../../sdk/index.ts'
import type { KeyValue } from '../../guest/guest-host.ts'

interface Entry {
  readonly value: Buffer
  readonly untilMs: number
}

export class CaseStore implements KeyValue {
  readonly #entries = new Map<string, Entry>()
  readonly #clock: Clock

  constructor(clock: Clock, given: Readonly<Record<string, string>>) {
    this.#clock = clock
    for (const [key, value] of Object.entries(given)) this.set(Buffer.from(key), Buffer.from(value), 0)
  }

  get(key: Buffer): Buffer | undefined {
    const entry = this.#entries.get(key.toString('latin1'))
    return entry === undefined || entry.untilMs <= this.#clock.nowMs ? undefined : entry.value
  }

  set(key: Buffer, value: Buffer, ttlMs: number): boolean {
    const untilMs = ttlMs === 0 ? Number.POSITIVE_INFINITY : this.#clock.nowMs + ttlMs
    this.#entries.set(key.toString('latin1'), { value: Buffer.from(value), untilMs })
    return true
  }

  delete(key: Buffer): boolean {
    return this.#entries.delete(key.toString('latin1'))
  }

  add(key: Buffer, difference: number, ttlMs: number): number {
    const before = this.get(key)
    const sum = before === undefined ? difference : Number(before.toString()) + difference
    if (Number.isNaN(sum)) return sum
    const kept = before === undefined ? undefined : this.#entries.get(key.toString('latin1'))
    const value = Buffer.from(String(sum))
    if (kept === undefined) this.set(key, value, ttlMs)
    else this.#entries.set(key.toString('latin1'), { value, untilMs: kept.untilMs })
    return sum
  }

  exchange(key: Buffer, expected: Buffer | undefined, value: Buffer, ttlMs: number): 'stored' | 'different' {
    const before = this.get(key)
    const same =
      before === undefined || expected === undefined ? before === expected : before.equals(expected)
    if (!same) return 'different'
    this.set(key, value, ttlMs)
    return 'stored'
  }
}
