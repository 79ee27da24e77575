/** AccessLogFilter: writes a line about each exchange that has ended and is meant to be logged. */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import {
  compileMatch,
  type Exchange,
  type Filter,
  type FilterContext,
  type Match,
  type Outcome,
} from '../../sdk/index.ts'
import { createLineWriter, type LineWriter } from './line.ts'
import { LogTarget } from './log-target.ts'
import { LogWriter } from './log-writer.ts'
import type { AccessLogOptions } from './options.ts'

export class AccessLogFilter implements Filter {
  readonly #context: FilterContext
  readonly #match: Match
  readonly #line: LineWriter
  readonly #writer: LogWriter
  readonly #percentage: number
  readonly #durationMin: number
  readonly #errorsOnly: boolean

  constructor(options: AccessLogOptions, context: FilterContext) {
    this.#context = context
    this.#match = compileMatch(options.match, (path, text) => context.problem(path, text))
    this.#line = createLineWriter(options, context)
    this.#percentage = options.percentage
    this.#durationMin = options['min-duration']
    this.#errorsOnly = options['errors-only']
    this.#writer = createWriter(options, context)
    context.onReopen(() => this.#writer.reopen())
    if (!existsSync(dirname(options.path))) {
      context.log.warn(`the access log's folder ${dirname(options.path)} does not exist`, {
        path: context.path,
      })
    }
  }

  onEnd(exchange: Exchange, outcome: Outcome): void {
    if (!this.#meant(exchange, outcome)) return
    const { response } = outcome
    this.#writer.write(this.#line({ exchange, outcome, response, clock: this.#context.clock }))
  }

  /** Resolves when all lines are in the file. */
  onDestroy(): Promise<void> {
    return this.#writer.close()
  }

  #meant(exchange: Exchange, outcome: Outcome): boolean {
    if (outcome.durationMs < this.#durationMin) return false
    if (this.#errorsOnly && !failed(outcome)) return false
    if (this.#match.matches(exchange.request) === 'no') return false
    return this.#percentage === 100 || this.#context.random() * 100 < this.#percentage
  }
}

function failed({ result, response }: Outcome): boolean {
  if (result === 'oneway') return false
  if (result !== 'ok') return true
  return response !== undefined && (response.kind === 'error' || response.get('exception') !== undefined)
}

function createWriter(options: AccessLogOptions, context: FilterContext): LogWriter {
  const labels = ['listener', 'path', 'reason']
  const about =
    'Lines of the access log that were lost: no room in the buffer, or the file could not be written.'
  const lost = context.shared.counter({ name: 'access_log_lost_total', about, labels })
  return new LogWriter({
    target: new LogTarget(options.path),
    bufferBytesMax: options['buffer-size'],
    flushMs: options['flush-interval'],
    log: context.log,
    dropped: lost.with([context.listener, options.path, 'buffer_full']),
    failed: lost.with([context.listener, options.path, 'write_failed']),
  })
}
