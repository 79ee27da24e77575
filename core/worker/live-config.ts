/**
 * LiveConfig: which configuration runs, and how it is changed. A file is read and its text given to all workers,
 * each of which validates and compiles it whole; when one of them refuses, what ran before runs on in all, and the
 * reasons are kept for people to see.
 */
import { hash } from 'node:crypto'
import type { Counter, Gauge, MetricFamily } from '../../sdk/index.ts'
import type { Logger } from '../base/log.ts'
import type { Shared } from '../base/shared/shared.ts'
import { readConfigFile } from '../config/read.ts'
import type { ConfigFacts } from './config-facts.ts'
import type { ConfigText } from './protocol.ts'
import { Refusal } from './refusal.ts'
import { Stopping } from './stopping.ts'

const SECOND_MS = 1_000
/** Digits of the SHA-256 that tell configurations apart. */
const HASH_DIGITS = 16

/** Who asked for a reload. A watch that fires without a change in the text changes nothing. */
export type ReloadCause = 'signal' | 'watch' | 'admin'

export type ReloadOutcome =
  | { readonly ok: true; readonly version: number; readonly changed: boolean }
  | { readonly ok: false; readonly version: number; readonly problems: readonly string[] }

export interface Attempt {
  /** Milliseconds since 1970. */
  readonly atMs: number
  readonly cause: ReloadCause | 'start'
  readonly ok: boolean
  readonly problems: readonly string[]
}

export interface LiveStatus {
  readonly file: string
  /** 0 before the first configuration is live; grows by one with each. */
  readonly version: number
  readonly hash: string
  readonly loadedAtMs: number
  readonly listeners: readonly string[]
  readonly clusters: readonly string[]
  readonly lastAttempt: Attempt
}

export interface LiveConfigParts {
  readonly file: string
  /** Where plugins are if the file does not say. */
  readonly pluginsDir?: string | undefined
  readonly shared: Shared
  readonly log: Logger
  wallMs(): number
}

interface Live {
  readonly text: string
  readonly hash: string
  readonly facts: ConfigFacts
}

/** Gives a configuration to all workers, or rejects and nothing has changed. */
export type Apply = (config: ConfigText) => Promise<ConfigFacts>

export class LiveConfig {
  readonly #parts: LiveConfigParts
  readonly #success: Gauge
  readonly #loadedAt: Gauge
  readonly #versions: Gauge
  readonly #reloads: MetricFamily<Counter>
  #live: Live | undefined = undefined
  #version = 0
  #loadedAtMs = 0
  #lastAttempt: Attempt
  #reloading: Promise<unknown> = Promise.resolve()

  constructor(parts: LiveConfigParts) {
    const { shared } = parts
    const gauge = (name: string, about: string) => shared.gauge({ name, about, labels: [] }).with([])
    this.#parts = parts
    this.#success = gauge(
      'config_last_reload_success',
      '1 when the last configuration tried went live, else 0.',
    )
    this.#loadedAt = gauge('config_last_success_timestamp_seconds', 'When the live configuration went live.')
    this.#versions = gauge('config_version', 'How many configurations have gone live.')
    this.#reloads = shared.counter({
      name: 'config_reloads_total',
      about: 'Configurations that were tried after the first.',
      labels: ['result'],
    })
    this.#lastAttempt = { atMs: parts.wallMs(), cause: 'start', ok: true, problems: [] }
  }

  /** What is to be known of the live configuration; `undefined` before the first. */
  get facts(): ConfigFacts | undefined {
    return this.#live?.facts
  }

  /** Its text. */
  get text(): string {
    return this.#live?.text ?? ''
  }

  status(): LiveStatus {
    return {
      file: this.#parts.file,
      version: this.#version,
      hash: this.#live?.hash ?? '',
      loadedAtMs: this.#loadedAtMs,
      listeners: this.#live?.facts.listeners.map(({ name }) => name) ?? [],
      clusters: this.#live?.facts.clusters ?? [],
      lastAttempt: this.#lastAttempt,
    }
  }

  /** The first configuration goes live. Rejects with the reason when it cannot. */
  async start(text: string, apply: Apply): Promise<void> {
    this.#wentLive(text, await apply(this.#next(text)))
    this.#tried('start', [])
  }

  /** Reads the file anew and makes it live. Never rejects; reloads wait for each other. */
  reload(cause: ReloadCause, apply: Apply): Promise<ReloadOutcome> {
    const done = this.#reloading.then(() => this.#reload(cause, apply))
    this.#reloading = done
    return done
  }

  /**
   * The live text goes live once more, because something beside it has changed. Rejects with the reasons when it
   * cannot; nothing has changed then.
   */
  reapply(apply: Apply): Promise<void> {
    const done = this.#reloading.then(async () => {
      const { text } = this
      this.#wentLive(text, await apply(this.#next(text)))
    })
    this.#reloading = done.catch(() => undefined)
    return done
  }

  async #reload(cause: ReloadCause, apply: Apply): Promise<ReloadOutcome> {
    const { file } = this.#parts
    const read = await readConfigFile(file)
    if (read.kind === 'problem') return this.#failed(cause, [`${file}: ${read.text}`])
    if (cause === 'watch' && hashOf(read.text) === this.#live?.hash) {
      this.#tried(cause, [])
      return { ok: true, version: this.#version, changed: false }
    }
    try {
      const facts = await apply(this.#next(read.text))
      this.#warnOfStart(facts)
      this.#wentLive(read.text, facts)
    } catch (error) {
      if (error instanceof Stopping) return { ok: false, version: this.#version, problems: [error.message] }
      return this.#failed(cause, Refusal.problemsOf(error))
    }
    this.#tried(cause, [])
    this.#reloads.with(['ok']).add(1)
    this.#parts.log.info('configuration went live', { version: this.#version, hash: this.#live?.hash, cause })
    return { ok: true, version: this.#version, changed: true }
  }

  #next(text: string): ConfigText {
    const { file, pluginsDir } = this.#parts
    return { file, text, version: this.#version + 1, pluginsDir }
  }

  #failed(cause: ReloadCause, problems: readonly string[]): ReloadOutcome {
    this.#tried(cause, problems)
    this.#reloads.with(['failed']).add(1)
    this.#parts.log.error('configuration refused, the last good one stays', { cause, problems })
    return { ok: false, version: this.#version, problems }
  }

  #wentLive(text: string, facts: ConfigFacts): void {
    this.#live = { text, hash: hashOf(text), facts }
    this.#version++
    this.#loadedAtMs = this.#parts.wallMs()
    this.#versions.set(this.#version)
    this.#loadedAt.set(this.#loadedAtMs / SECOND_MS)
  }

  #tried(cause: Attempt['cause'], problems: readonly string[]): void {
    const ok = problems.length === 0
    this.#lastAttempt = { atMs: this.#parts.wallMs(), cause, ok, problems }
    this.#success.set(ok ? 1 : 0)
  }

  /** Some options are only read at the start. */
  #warnOfStart(next: ConfigFacts): void {
    const { log } = this.#parts
    const now = this.facts
    if (now === undefined) return
    if (now.adminAddress !== next.adminAddress) log.warn('admin.address takes effect with the next start')
    if (now.workers !== next.workers) log.warn('workers takes effect with the next start')
  }
}

function hashOf(text: string): string {
  return hash('sha256', text).slice(0, HASH_DIGITS)
}
