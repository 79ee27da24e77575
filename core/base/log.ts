/**
 * Logger: pino's JSON lines behind a level that can be changed while running and that holds for every logger of
 * the thread. Texts are cut and their control characters written out, because many of them come from peers. Where
 * the lines go is somebody else's: nothing here waits.
 */
import { pino } from 'pino'
import type { Clock, Log } from '../../sdk/index.ts'
import { oneLine } from './one-line.ts'
import { writtenOut } from './written-out.ts'

/** From everything to nothing. The proxy itself writes `debug` to `error`. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

const TEXT_CHARACTERS_MAX = 2_048
const STACK_CHARACTERS_MAX = 8_192
const ITEMS_MAX = 32
const DEPTH_MAX = 4
/** Keys of sampled lines that are told apart; they are words of the source, so this many are never reached. */
const SAMPLED_KEYS_MAX = 256
const SECOND_MS = 1_000

export type LogFields = Readonly<Record<string, unknown>>

/** Takes whole lines, each ending in a newline. */
export interface LogSink {
  write(line: string): void
}

/** The level of a whole thread; loggers look at it at every line. */
export interface LogControl {
  level: LogLevel
}

export interface LoggerOptions {
  readonly sink: LogSink
  readonly control: LogControl
  readonly clock: Pick<Clock, 'nowMs'>
  /** On every line. */
  readonly fields?: LogFields
}

export class Logger implements Log {
  readonly control: LogControl
  readonly #pino: pino.Logger
  readonly #clock: Pick<Clock, 'nowMs'>
  readonly #samples: Map<string, Sample>

  private constructor(parts: {
    readonly control: LogControl
    readonly pino: pino.Logger
    readonly clock: Pick<Clock, 'nowMs'>
    readonly samples: Map<string, Sample>
  }) {
    this.control = parts.control
    this.#pino = parts.pino
    this.#clock = parts.clock
    this.#samples = parts.samples
  }

  static create(options: LoggerOptions): Logger {
    const root = pino(
      {
        level: 'debug',
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: levelName },
      },
      options.sink,
    )
    return new Logger({
      control: options.control,
      clock: options.clock,
      samples: new Map(),
      pino: options.fields === undefined ? root : root.child(plainFields(options.fields)),
    })
  }

  /** A logger whose lines carry these fields too. */
  child(fields: LogFields): Logger {
    return new Logger({
      control: this.control,
      clock: this.#clock,
      samples: this.#samples,
      pino: this.#pino.child(plainFields(fields)),
    })
  }

  /** Whether a line of this level would be written; for callers whose fields are costly. */
  enabled(level: Exclude<LogLevel, 'silent'>): boolean {
    return logLevels.indexOf(level) >= logLevels.indexOf(this.control.level)
  }

  /**
   * For what every connection or message may say: of all lines under one key no more than so many are written in a
   * second. Beyond, the answer is `undefined`; the next line that is written tells how many were not.
   */
  sampled(key: string, perSecond: number): Log | undefined {
    const known = this.#samples.get(key)
    const sample = known ?? { secondMs: this.#clock.nowMs, count: 0, suppressed: 0 }
    if (known === undefined && this.#samples.size < SAMPLED_KEYS_MAX) this.#samples.set(key, sample)
    if (!admits(sample, perSecond, this.#clock.nowMs)) return undefined
    const suppressed = sample.suppressed
    sample.suppressed = 0
    return suppressed === 0 ? this : this.child({ suppressed })
  }

  debug(text: string, fields?: LogFields): void {
    if (this.enabled('debug')) this.#pino.debug(plainFields(fields), plainText(text))
  }

  info(text: string, fields?: LogFields): void {
    if (this.enabled('info')) this.#pino.info(plainFields(fields), plainText(text))
  }

  warn(text: string, fields?: LogFields): void {
    if (this.enabled('warn')) this.#pino.warn(plainFields(fields), plainText(text))
  }

  error(text: string, fields?: LogFields): void {
    if (this.enabled('error')) this.#pino.error(plainFields(fields), plainText(text))
  }
}

export function isLogLevel(text: unknown): text is LogLevel {
  return logLevels.some((level) => level === text)
}

interface Sample {
  secondMs: number
  count: number
  suppressed: number
}

function admits(sample: Sample, perSecond: number, nowMs: number): boolean {
  if (nowMs - sample.secondMs >= SECOND_MS) {
    sample.secondMs = nowMs
    sample.count = 0
  }
  if (sample.count >= perSecond) {
    sample.suppressed++
    return false
  }
  sample.count++
  return true
}

function levelName(label: string): object {
  return { level: label }
}

function plainFields(fields: LogFields | undefined): Record<string, unknown> {
  return fields === undefined ? {} : plainObject(fields, 1)
}

function plainObject(fields: object, depth: number): Record<string, unknown> {
  const entries = Object.entries(fields).slice(0, ITEMS_MAX)
  return Object.fromEntries(entries.map(([key, value]) => [plainText(key), plainValue(value, depth)]))
}

function plainValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return plainText(value)
  if (value instanceof Error) return plainError(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth >= DEPTH_MAX) return '…'
  if (Array.isArray(value)) return value.slice(0, ITEMS_MAX).map((item) => plainValue(item, depth + 1))
  return plainObject(value, depth + 1)
}

function plainError(error: Error): Record<string, unknown> {
  const stack = (error.stack ?? '').slice(0, STACK_CHARACTERS_MAX).split('\n').map(plainText).join('\n')
  return { type: plainText(error.name), message: plainText(error.message), stack }
}

/**
 * Control characters would reach a terminal through a pretty printer, and could then rewrite other lines. The lines of
 * a traceback stand behind each other, as people can read them.
 */
function plainText(text: string): string {
  const short = text.length > TEXT_CHARACTERS_MAX ? `${text.slice(0, TEXT_CHARACTERS_MAX)}…` : text
  return writtenOut(oneLine(short.toWellFormed()))
}
