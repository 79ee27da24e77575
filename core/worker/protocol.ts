/**
 * Protocol: what the main thread and a worker say to each other, and what a worker is born with. Everything is
 * plain data. Every request is answered exactly once, unless the worker dies, which answers all of them.
 */
import type { LogLevel } from '../base/log.ts'
import type { SharedMemory } from '../base/shared/memory.ts'
import type { PluginUse } from '../config/plugin-use.ts'
import type { BoundListener, DataPlane } from '../exchange/data-plane.ts'
import type { RecordBatch, RecorderOptions } from '../exchange/recorder.ts'
import type { TapReport } from '../guest/tap-call.ts'
import type { PluginRefusal, PluginSet } from '../plugin/plugin-file.ts'
import type { ConfigFacts } from './config-facts.ts'
import type { PluginFailure } from './plane-plugins.ts'
import type { PluginLine } from './plugin-lines.ts'

/** A configuration as it was read, which each worker compiles for itself. */
export interface ConfigText {
  readonly file: string
  readonly text: string
  /** Grows by one with each configuration that went live. */
  readonly version: number
  /** The plugins that it runs with; absent where there is no folder of them. */
  readonly plugins?: PluginSet
  /** Where plugins are if the text does not say. */
  readonly pluginsDir?: string | undefined
}

/** What became of the plugins in one worker. */
export interface PluginOutcome {
  readonly uses: readonly PluginUse[]
  /** Versions that cannot be used here; what was compiled goes without them. */
  readonly refused: readonly PluginRefusal[]
  readonly notices: readonly string[]
  /** Why what was compiled cannot be made live as it is; empty when it can. */
  readonly problems: readonly string[]
}

/** A configuration that was compiled; when the plugins were not those of its folder, it can only be compiled again. */
export interface PreparedConfig {
  readonly facts: ConfigFacts
  readonly plugins?: PluginOutcome
}

/** What a worker says about its listeners and clusters, and about plugins whose calls have failed. */
export type PlaneReport = ReturnType<DataPlane['report']> & {
  readonly failures?: readonly PluginFailure[]
  readonly lines?: readonly PluginLine[]
}

/** One recording runs at a time; `id` tells it from those before. */
export type RecordCommand =
  | {
      readonly do: 'start'
      readonly id: number
      readonly listener: string
      readonly options: RecorderOptions
    }
  | { readonly do: 'fetch' | 'stop'; readonly id: number }

export interface WorkerData {
  readonly index: number
  readonly memory: SharedMemory
  /** The moment from which shared time is measured, on the system's monotonic clock, in milliseconds. */
  readonly epochMs: number
  readonly logLevel: LogLevel
  /** One int: bytes of log lines that were sent and not written yet. */
  readonly logPending: SharedArrayBuffer
  /** Whether another process may have the addresses of listeners as well. */
  readonly takeOver: boolean
  /** How many calls of plugins are watched in a second; 0 where nobody watches. */
  readonly tapped: number
}

/**
 * `prepare` compiles a configuration and changes nothing; `commit` makes it live; `abort` forgets it. `bound` tells
 * where other workers listen already, so that all share the port that the system chose for the first.
 */
export type WorkerRequest =
  | { readonly type: 'prepare'; readonly config: ConfigText }
  | { readonly type: 'commit'; readonly bound: readonly BoundListener[] }
  | { readonly type: 'abort' }
  /** With what the plugin of this name said. */
  | { readonly type: 'report'; readonly plugin?: string }
  | { readonly type: 'drain'; readonly timeoutMs: number }
  | { readonly type: 'record'; readonly command: RecordCommand }

export type ToWorker =
  | { readonly type: 'request'; readonly id: number; readonly request: WorkerRequest }
  | { readonly type: 'log-level'; readonly level: LogLevel }
  | { readonly type: 'reopen' }

export type WorkerAnswer =
  | { readonly type: 'done' }
  | { readonly type: 'prepared'; readonly prepared: PreparedConfig }
  | { readonly type: 'bound'; readonly listeners: readonly BoundListener[] }
  | { readonly type: 'report'; readonly report: PlaneReport }
  | { readonly type: 'records'; readonly batch: RecordBatch }

export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'answer'; readonly id: number; readonly answer: WorkerAnswer }
  /** `stopping`: nothing is wrong, but the worker drains. */
  | {
      readonly type: 'refusal'
      readonly id: number
      readonly problems: readonly string[]
      readonly stopping: boolean
    }
  | { readonly type: 'log'; readonly lines: string }
  | { readonly type: 'tap'; readonly report: TapReport }
