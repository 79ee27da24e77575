/** Supervise: reads the configuration, makes what the main thread needs, and runs the {@link Supervisor}. */
import { availableParallelism } from 'node:os'
import { TurnClock } from '../base/clock.ts'
import { isLogLevel, Logger } from '../base/log.ts'
import { openLogOutput } from '../base/log-output.ts'
import { createSharedMemory } from '../base/shared/memory.ts'
import { Shared } from '../base/shared/shared.ts'
import { loadBuiltIns } from '../plugin/built-ins.ts'
import { CommonClock } from './common-clock.ts'
import { LiveConfig } from './live-config.ts'
import { type SuperviseResult, Supervisor } from './supervisor.ts'
import { readValidConfig } from './valid-config.ts'
import { Workers } from './workers.ts'

/** The module that worker threads run; its name ends as this one's does, in the checkout and in a build. */
const THREAD = new URL(import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js', import.meta.url)

export interface SuperviseOptions {
  readonly configFile: string
  /** Overrides the file's; where neither says, there are as many as cores. */
  readonly workers: number | undefined
  /** Overrides the file's, at every reload too. */
  readonly logLevel: string | undefined
  /** Whether a change of the file is a reload. */
  readonly watch: boolean
}

/** Runs the proxy until it is asked to stop. `invalid`: the configuration cannot be used; the log says why. */
export async function supervise(options: SuperviseOptions): Promise<SuperviseResult | 'invalid'> {
  const output = await openLogOutput()
  const clock = new TurnClock()
  const registry = await loadBuiltIns()
  const first = await readValidConfig(options.configFile, registry)
  const forced = isLogLevel(options.logLevel) ? options.logLevel : undefined
  const level = forced ?? (first.kind === 'valid' ? first.config.log.level : 'info')
  const log = Logger.create({ sink: output, control: { level }, clock })
  try {
    if (first.kind === 'problems') {
      log.error('the configuration cannot be used', { problems: first.problems })
      return 'invalid'
    }
    const count = options.workers ?? first.config.workers ?? availableParallelism()
    const memory = createSharedMemory(count)
    const epochMs = CommonClock.epochMs()
    const shared = new Shared(memory, 'main', new CommonClock(clock, epochMs))
    const live = new LiveConfig({
      file: options.configFile,
      registry,
      shared,
      log,
      wallMs: () => refreshed(clock).wallMs,
    })
    const workers = new Workers({
      count,
      entry: THREAD,
      memory,
      epochMs,
      shared,
      sink: output,
      log,
      nowMs: () => refreshed(clock).nowMs,
    })
    const supervisor = new Supervisor({
      file: options.configFile,
      watch: options.watch,
      logLevel: forced,
      startedAtMs: clock.wallMs,
      log,
      shared,
      live,
      workers,
      events: process,
    })
    return await supervisor.run(first)
  } finally {
    output.flush()
  }
}

function refreshed(clock: TurnClock): TurnClock {
  clock.refresh()
  return clock
}
