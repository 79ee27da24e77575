/**
 * ReplayRun: sends recorded requests over a few connections at a rate, and pairs replies with them. What is in flight
 * is bounded, so that a slow service slows the replay down.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Codec } from '../../../sdk/index.ts'
import type { CallRecord } from '../../exchange/call-record.ts'
import { RecordedRequest } from './recorded-request.ts'
import { ReplayConnection } from './replay-connection.ts'
import { type ReplayFigures, ReplayTally } from './replay-figures.ts'

const TICK_MS = 1
const FRAMES_MAX = 1_000_000

export interface ReplayParts {
  readonly codec: Codec
  /** Each with its request. */
  readonly records: readonly CallRecord[]
  readonly to: string
  /** Requests in a millisecond; `undefined`: at the times at which they came. */
  readonly perMs: number | undefined
  readonly count: number | undefined
  readonly connections: number
  readonly timeoutMs: number
  nowMs(): number
}

export class ReplayRun {
  readonly #parts: ReplayParts
  readonly #requests: readonly RecordedRequest[]
  readonly #tally = new ReplayTally()

  private constructor(parts: ReplayParts, requests: readonly RecordedRequest[]) {
    this.#parts = parts
    this.#requests = requests
  }

  /** Rejects with a sentence when a recorded frame is none of the codec's. */
  static async create(parts: ReplayParts): Promise<ReplayRun> {
    if (parts.records.length === 0) throw new Error('the recording has no frames')
    const requests: RecordedRequest[] = []
    for (const record of parts.records.slice(0, FRAMES_MAX))
      requests.push(await RecordedRequest.create(record, parts.codec))
    return new ReplayRun(parts, requests)
  }

  async run(): Promise<ReplayFigures> {
    const { nowMs, connections, codec, to, timeoutMs } = this.#parts
    const parts = { codec, to, timeoutMs, tally: this.#tally, nowMs: () => nowMs() }
    const lanes = await Promise.all(Array.from({ length: connections }, () => ReplayConnection.open(parts)))
    const startedMs = nowMs()
    const count = this.#parts.count ?? this.#requests.length
    try {
      for (let sent = 0; sent < count; sent++) {
        await this.#turn(sent, startedMs, lanes)
        const lane = lanes[sent % lanes.length]
        const request = this.#requests[sent % this.#requests.length]
        if (request !== undefined) lane?.send(request)
      }
      while (lanes.some((lane) => lane.waiting > 0)) await this.#pause(lanes)
      return this.#tally.figures((nowMs() - startedMs) / 1_000)
    } finally {
      for (const lane of lanes) lane.close()
    }
  }

  /** Resolves when the request is due and there is room for it. */
  async #turn(index: number, startedMs: number, lanes: readonly ReplayConnection[]): Promise<void> {
    const dueMs = startedMs + this.#offsetMs(index)
    const lane = lanes[index % lanes.length]
    while (this.#parts.nowMs() < dueMs || lane?.full === true) await this.#pause(lanes)
  }

  async #pause(lanes: readonly ReplayConnection[]): Promise<void> {
    for (const lane of lanes) lane.expire()
    await sleep(TICK_MS)
  }

  #offsetMs(index: number): number {
    const { perMs } = this.#parts
    if (perMs !== undefined) return index / perMs
    const first = this.#requests[0]?.atMs ?? 0
    const last = this.#requests.at(-1)?.atMs ?? first
    const round = Math.floor(index / this.#requests.length)
    return round * (last - first) + (this.#requests[index % this.#requests.length]?.atMs ?? first) - first
  }
}
