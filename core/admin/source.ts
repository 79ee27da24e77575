/** AdminSource: what the admin API shows and sets. The main thread gives it; nothing of it waits for a worker long. */
import type { LogLevel } from '../base/log.ts'
import type { FamilyReading } from '../base/shared/metrics.ts'
import type { DataPlane } from '../exchange/data-plane.ts'
import type { RecordBatch, RecorderOptions } from '../exchange/recorder.ts'

/** starting => serving => draining => stopped; starting => draining. */
export type Phase = 'starting' | 'serving' | 'draining' | 'stopped'

export type PlaneReport = ReturnType<DataPlane['report']> & {
  /** The last failed call of each plugin that had one. */
  readonly failures?: readonly {
    readonly plugin: string
    readonly hash: string
    readonly atMs: number
    readonly text: string
  }[]
  /** What the plugin that was asked about has said lately. */
  readonly lines?: readonly PluginLine[]
}

/** What a plugin said in one worker, or why a call of it failed. */
export interface PluginLine {
  /** Counts from 1 in its worker. */
  readonly number: number
  readonly atMs: number
  readonly level: string
  readonly text: string
}

/** One worker's report, or why there is none. */
export interface WorkerReport {
  readonly worker: number
  readonly state: string
  readonly report: PlaneReport | undefined
  readonly problem: string | undefined
}

export interface ConfigStatus {
  readonly file: string
  readonly version: number
  readonly hash: string
  readonly loadedAtMs: number
  readonly listeners: readonly string[]
  readonly clusters: readonly string[]
  readonly lastAttempt: {
    readonly atMs: number
    readonly cause: string
    readonly ok: boolean
    readonly problems: readonly string[]
  }
}

export type ReloadOutcome =
  | { readonly ok: true; readonly version: number; readonly changed: boolean }
  | { readonly ok: false; readonly version: number; readonly problems: readonly string[] }

/** A plugin of the folder. `live` with an error: an older version serves than the one in the folder. */
export interface PluginStatus {
  readonly name: string
  readonly state: 'live' | 'refused' | 'disabled'
  readonly kind: string
  readonly file: string
  readonly version: string
  readonly hash: string
  readonly size: number
  /** When this version went live; 0 when none is. */
  readonly loadedAtMs: number
  readonly listeners: readonly string[]
  /** Whether it runs uncontained, as the configuration lets it. */
  readonly trusted: boolean
  /** The hash is that of the version that was refused; empty when none could be read. */
  readonly error: { readonly atMs: number; readonly text: string; readonly hash: string } | undefined
  readonly calls: number
  readonly failures: number
  readonly skipped: number
  readonly fuel: number
  /** Of single calls, in the runtime's unit; 0 when there were none. */
  readonly fuelP50: number
  readonly fuelP99: number
  /** Over all workers, instances in reserve included. */
  readonly memoryBytes: number
  /** Failures by kind. */
  readonly traps: Readonly<Record<string, number>>
}

export interface AdminSource {
  readonly phase: Phase
  readonly logLevel: LogLevel
  /** Sums over all workers, dead and hung ones included. */
  metrics(): readonly FamilyReading[]
  /** What the system knows of the process, under the names that every exporter uses. */
  processMetrics(): readonly FamilyReading[]
  /** Every worker's report, with what the plugin of this name said; those that do not answer in time are marked. */
  reports(timeoutMs: number, plugin?: string): Promise<readonly WorkerReport[]>
  config(): ConfigStatus
  reload(): Promise<ReloadOutcome>
  plugins(): readonly PluginStatus[]
  /** Reads the folder anew and tries again what was refused: one plugin, or all. Answers what is wrong then. */
  reloadPlugins(name: string | undefined): Promise<readonly string[]>
  /** Switches a plugin off or on; `undefined` when there is none of this name, else why it could not be done. */
  disablePlugin(name: string, disabled: boolean): Promise<readonly string[] | undefined>
  /** Begins to record a listener in all workers; answers by which number it is asked for. Rejects with a sentence. */
  startRecording(listener: string, options: RecorderOptions): Promise<number>
  /** What was recorded since the last time; it ends when it is stopped, or not asked for any more. */
  fetchRecords(id: number, stop: boolean): Promise<RecordBatch>
  /** Begins to drain; the process ends when it is done. */
  drain(): void
  setLogLevel(level: LogLevel): void
}
