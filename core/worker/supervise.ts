/** Supervise: makes what the main thread needs for an inspected configuration, and runs the {@link Supervisor}. */
import { availableParallelism } from 'node:os'
import { TurnClock } from '../base/clock.ts'
import { isLogLevel, Logger, type LogSink } from '../base/log.ts'
import { openLogOutput } from '../base/log-output.ts'
import { createSharedMemory } from '../base/shared/memory.ts'
import { Shared } from '../base/shared/shared.ts'
import { CommonClock } from './common-clock.ts'
import type { ConfigFacts } from './config-facts.ts'
import { importing } from './importing.ts'
import { LiveConfig } from './live-config.ts'
import { PluginService } from './plugin-service.ts'
import { type SuperviseResult, Supervisor } from './supervisor.ts'
import { type PluginWatcher, Workers } from './workers.ts'

const THREAD = new URL('./thread.ts', import.meta.url)

export interface SuperviseOptions {
  readonly configFile: string
  /** What the file held when it was inspected, and what was found in it. */
  readonly text: string
  readonly facts: ConfigFacts
  /** Overrides the file's; where neither says, there are as many as cores. */
  readonly workers: number | undefined
  /** Overrides the file's, at every reload too. */
  readonly logLevel: string | undefined
  /** Where plugins are if the file does not say; a whole path. */
  readonly pluginsDir?: string | undefined
  /** Whether a change of the file is a reload. */
  readonly watch: boolean
  /** Whether another weir may have the addresses of listeners as well; default: it may not. */
  readonly takeOver?: boolean
  /** Where lines of the log go; default: standard error. */
  readonly sink?: LogSink
  readonly watcher?: PluginWatcher
}

/** Runs the proxy until it is asked to stop. */
export async function supervise(options: SuperviseOptions): Promise<SuperviseResult> {
  const { configFile: file, text, facts, watch, pluginsDir } = options
  const output: LogSink & { flush?(): void } = options.sink ?? (await openLogOutput())
  const clock = new TurnClock()
  const forced = isLogLevel(options.logLevel) ? options.logLevel : undefined
  const log = Logger.create({ sink: output, control: { level: forced ?? facts.logLevel }, clock })
  const count = options.workers ?? facts.workers ?? availableParallelism()
  const memory = createSharedMemory(count)
  const epochMs = CommonClock.epochMs()
  const shared = new Shared(memory, 'main', new CommonClock(clock, epochMs))
  const live = new LiveConfig({ file, pluginsDir, shared, log, wallMs: () => refreshed(clock).wallMs })
  const workers = new Workers({
    count,
    program: importing(THREAD),
    memory,
    epochMs,
    shared,
    sink: output,
    log,
    takeOver: options.takeOver ?? false,
    ...(options.watcher === undefined ? {} : { watcher: options.watcher }),
    nowMs: () => refreshed(clock).nowMs,
  })
  const plugins = new PluginService({
    shared,
    log,
    workers,
    watch,
    wallMs: () => refreshed(clock).wallMs,
  })
  const supervisor = new Supervisor({
    file,
    watch,
    logLevel: forced,
    startedAtMs: clock.wallMs,
    log,
    shared,
    live,
    workers,
    plugins,
    events: process,
  })
  try {
    return await supervisor.run(text, facts)
  } finally {
    output.flush?.()
  }
}

function refreshed(clock: TurnClock): TurnClock {
  clock.refresh()
  return clock
}
