/**
 * Tap: lets somebody watch the calls of plugins while they serve. A filter that is tapped has its handlers replaced
 * with ones that look before and after; one that is not pays nothing. In a second so many calls are looked at and the
 * rest is counted.
 */
import {
  type Clock,
  type Edit,
  type Filter,
  Message,
  type Metadata,
  type Mutation,
  Pause,
  type Settled,
  type Verdict,
} from '../../sdk/index.ts'
import { GuestFilter } from './guest-filter.ts'
import type { TapCall, TapEdit, TapReport } from './tap-call.ts'

const SECOND_MS = 1_000
/** Calls wait so long for others to be handed on with them. */
const BATCH_MS = 30
const VALUE_CHARACTERS_MAX = 256
const EDITS_MAX = 64
const LINES_MAX = 16
/** How the verdict reads of a call that failed, or of one that was not made. */
const FAILED = 'reply plugin_failed'

export interface TapParts {
  readonly clock: Clock
  /** Calls that are looked at in a second. */
  readonly callsPerSecond: number
  /** Monotonic milliseconds, as exact as the machine has them. */
  nowMs(): number
  tell(report: TapReport): void
}

interface Said {
  readonly lines: string[]
  failure: string | undefined
}

/** A call that is being looked at. */
interface Watched extends Said {
  readonly plugin: string
  readonly phase: TapCall['phase']
  readonly startedMs: number
  readonly editsBefore: number
  readonly bodyBefore: Buffer | undefined
}

export class Tap {
  readonly #parts: TapParts
  #current: Watched | undefined = undefined
  /** What plugins said outside of a call that is known. */
  readonly #loose = new Map<string, Said>()
  #calls: TapCall[] = []
  #skipped = 0
  #secondMs = Number.NEGATIVE_INFINITY
  #ofSecond = 0
  #timer: NodeJS.Timeout | undefined = undefined

  constructor(parts: TapParts) {
    this.#parts = parts
  }

  /** From now on the calls of this filter are seen; its identity stays. */
  watch(filter: Filter, plugin: string): void {
    const onRequest = filter.onRequest?.bind(filter)
    const onResponse = filter.onResponse?.bind(filter)
    const onEnd = filter.onEnd?.bind(filter)
    if (onRequest !== undefined) {
      filter.onRequest = (metadata, mutation, exchange) => {
        const watched = this.#begin(plugin, 'request', mutation)
        const verdict = onRequest(metadata, mutation, exchange)
        return this.#decided({ filter, watched, metadata, mutation }, verdict)
      }
    }
    if (onResponse !== undefined) {
      filter.onResponse = (metadata, mutation, exchange) => {
        const watched = this.#begin(plugin, 'response', mutation)
        const verdict = onResponse(metadata, mutation, exchange)
        return this.#decided({ filter, watched, metadata, mutation }, verdict)
      }
    }
    if (onEnd !== undefined && (!(filter instanceof GuestFilter) || filter.asksEnds)) {
      filter.onEnd = (exchange, outcome) => {
        const watched = this.#begin(plugin, 'end', undefined)
        onEnd(exchange, outcome)
        const verdict = outcome.error === undefined ? outcome.result : `${outcome.result} ${outcome.error}`
        if (watched !== undefined) this.#end({ filter, watched, metadata: exchange.request }, verdict)
      }
    }
  }

  /** A plugin has said something; it belongs to the call that is on its way. */
  logged(plugin: string, level: string, text: string): void {
    const lines = this.#current?.plugin === plugin ? this.#current.lines : this.#looseOf(plugin).lines
    if (lines.length < LINES_MAX) lines.push(cut(`${level} ${text}`))
  }

  failed(plugin: string, text: string): void {
    const said = this.#current?.plugin === plugin ? this.#current : this.#looseOf(plugin)
    said.failure ??= text
  }

  /** A plugin in another process speaks when its answer is here, right before its call ends. */
  #looseOf(plugin: string): Said {
    const loose = this.#loose.get(plugin) ?? { lines: [], failure: undefined }
    this.#loose.set(plugin, loose)
    return loose
  }

  #begin(plugin: string, phase: TapCall['phase'], mutation: Mutation | undefined): Watched | undefined {
    const { clock, callsPerSecond, nowMs } = this.#parts
    if (clock.nowMs - this.#secondMs >= SECOND_MS) {
      this.#secondMs = clock.nowMs
      this.#ofSecond = 0
    }
    if (this.#ofSecond++ >= callsPerSecond) {
      this.#skipped++
      this.#current = undefined
      this.#timer ??= setTimeout(() => this.#tell(), BATCH_MS)
      return undefined
    }
    this.#current = {
      plugin,
      phase,
      startedMs: nowMs(),
      editsBefore: mutation?.edits.length ?? 0,
      bodyBefore: mutation?.newBody,
      lines: [],
      failure: undefined,
    }
    return this.#current
  }

  /** A verdict that comes later is seen when it comes; only one may wait for a pause, so another stands in for it. */
  #decided(seen: Seen & { readonly mutation: Mutation }, verdict: Verdict | Promise<Verdict>) {
    const { watched } = seen
    if (watched === undefined) return verdict
    if (!(verdict instanceof Pause)) {
      this.#end(seen, verdict instanceof Promise ? 'later' : verdictText(verdict))
      return verdict
    }
    this.#current = undefined
    const pause = new Pause()
    verdict.wait((settled) => {
      const text = verdictText(settled)
      const elsewhere = seen.filter instanceof GuestFilter && seen.filter.remote
      this.#end(seen, elsewhere ? text : `${text}, after a pause`)
      pause.resume(settled)
    })
    return pause
  }

  #end(seen: SeenWatched, verdict: string): void {
    const { watched, filter, metadata, mutation } = seen
    if (watched === undefined) return
    this.#current = undefined
    const { clock, nowMs } = this.#parts
    const newBody = mutation?.newBody
    const loose = this.#loose.get(watched.plugin)
    this.#loose.delete(watched.plugin)
    this.#calls.push({
      plugin: watched.plugin,
      phase: watched.phase,
      atMs: clock.wallMs,
      operation: cut(metadata.operation),
      requestId: cut(metadata.requestId),
      listener: metadata.listener,
      verdict: cut(verdict),
      edits: mutation === undefined ? [] : editsOf(metadata, mutation, watched.editsBefore),
      body: newBody === watched.bodyBefore ? undefined : cut(newBody?.toString() ?? ''),
      lines: [...watched.lines, ...(loose?.lines ?? [])],
      failure: watched.failure ?? loose?.failure,
      tookMs: nowMs() - watched.startedMs,
      // An instance that failed is gone, and one that was left alone was not called: the next one says nothing of this.
      fuel: filter instanceof GuestFilter && !verdict.startsWith(FAILED) ? filter.fuelSpent : undefined,
    })
    this.#timer ??= setTimeout(() => this.#tell(), BATCH_MS)
  }

  #tell(): void {
    this.#timer = undefined
    const report = { calls: this.#calls, skipped: this.#skipped }
    this.#calls = []
    this.#skipped = 0
    this.#parts.tell(report)
  }
}

interface Seen {
  readonly filter: Filter
  readonly watched: Watched | undefined
  readonly metadata: Metadata
}

type SeenWatched = Seen & { readonly mutation?: Mutation }

/** Every key that edits from this one on changed, with its values before and after. */
function editsOf(metadata: Metadata, mutation: Mutation, from: number): readonly TapEdit[] {
  const { edits } = mutation
  const keys = [...new Set(edits.slice(from).map(({ key }) => key))].slice(0, EDITS_MAX)
  return keys.map((key) => ({
    key: cut(key),
    before: valuesAfter(metadata, edits.slice(0, from), key).map(cut),
    after: metadata.getAll(key).map(cut),
  }))
}

/** The values of a key with some of the edits done. */
function valuesAfter(metadata: Metadata, edits: readonly Edit[], key: string): readonly string[] {
  if (!(metadata instanceof Message)) return []
  const wire = metadata.reader.get(metadata, key)
  let values = wire === undefined ? [] : [wire].flat()
  for (const edit of edits) {
    if (edit.key !== key) continue
    if (edit.op === 'add') values = [...values, edit.value]
    else values = edit.op === 'set' ? [edit.value] : []
  }
  return values
}

function verdictText(verdict: Settled | undefined): string {
  if (verdict === undefined) return 'continue'
  if (typeof verdict === 'string') return verdict
  if (verdict.verdict === 'forward') {
    const { cluster } = verdict
    return `forward ${typeof cluster === 'string' ? cluster : cluster.name}`
  }
  return verdict.error === undefined ? 'reply' : `reply ${verdict.error.kind}: ${verdict.error.text}`
}

function cut(text: string): string {
  return text.length > VALUE_CHARACTERS_MAX ? `${text.slice(0, VALUE_CHARACTERS_MAX)}…` : text
}
