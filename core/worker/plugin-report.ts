/**
 * PluginReport: what people are told about plugins: in the log when something changes, in the admin API when they
 * ask, and in gauges all the time. It decides nothing.
 */

import type { Gauge, MetricFamily } from '../../sdk/index.ts'
import type { PluginStatus } from '../admin/source.ts'
import type { Logger } from '../base/log.ts'
import { printable } from '../base/printable.ts'
import { amountQuantile } from '../base/shared/amounts.ts'
import type { FamilyReading } from '../base/shared/metrics.ts'
import type { Shared } from '../base/shared/shared.ts'
import type { PluginUse } from '../config/plugin-use.ts'
import type { PluginFile, PluginRefusal } from '../plugin/plugin-file.ts'
import type { FileProblem } from '../plugin/plugin-folder.ts'
import { shortHash } from '../plugin/short-hash.ts'

const SECOND_MS = 1_000
/** Plugins and files that are spoken about; the rest of a folder full of them is not. */
const NAMES_MAX = 512
/** Of why a plugin is refused, which quotes what a stranger wrote. */
const REASON_CHARACTERS_MAX = 4_096

export interface PluginReportParts {
  readonly shared: Shared
  readonly log: Logger
  wallMs(): number
}

interface Served {
  readonly file: PluginFile
  readonly use: PluginUse | undefined
  readonly loadedAtMs: number
}

export class PluginReport {
  readonly #parts: PluginReportParts
  readonly #liveGauge: MetricFamily<Gauge>
  readonly #success: MetricFamily<Gauge>
  readonly #loadedAt: MetricFamily<Gauge>
  #served = new Map<string, Served>()
  readonly #errors = new Map<string, NonNullable<PluginStatus['error']>>()
  /** Errors of files that could not be read, by name; they go when the file can be. */
  #unread = new Map<string, FileProblem>()
  #folder: string | undefined = undefined
  readonly #noticed = new Set<string>()

  constructor(parts: PluginReportParts) {
    const gauge = (name: string, about: string) => parts.shared.gauge({ name, about, labels: ['plugin'] })
    this.#parts = parts
    this.#liveGauge = gauge('plugin_live', '1 while a version of the plugin is in use, else 0.')
    this.#success = gauge(
      'plugin_last_load_success',
      '1 when the newest version of the plugin is live, 0 when it was refused.',
    )
    this.#loadedAt = gauge(
      'plugin_loaded_timestamp_seconds',
      'When the live version of the plugin went live.',
    )
  }

  knows(name: string): boolean {
    return this.#errors.has(name) || this.#unread.has(name)
  }

  /** Whether the folder as a whole can be read. */
  folder(problem: string | undefined): void {
    if (problem !== undefined && problem !== this.#folder) {
      this.#parts.log.warn('the plugins cannot be read, those that run go on', { problem })
    }
    this.#folder = problem
  }

  notice(text: string): void {
    if (this.#noticed.has(text) || this.#noticed.size >= NAMES_MAX) return
    this.#noticed.add(text)
    this.#parts.log.warn(text)
  }

  /** All files that cannot be read now. */
  problems(found: readonly FileProblem[]): void {
    const before = this.#unread
    this.#unread = new Map(found.slice(0, NAMES_MAX).map((problem) => [problem.name, problem]))
    for (const [name, { path, text }] of this.#unread) {
      if (before.get(name)?.text !== text)
        this.#refuse(name, '', printable(`${path}: ${text}`, REASON_CHARACTERS_MAX))
    }
    for (const name of before.keys()) if (!this.#unread.has(name)) this.#errors.delete(name)
  }

  /** Of a file that cannot be read now, what is wrong with the version before it is no news. */
  refused({ name, hash, reason }: PluginRefusal): void {
    if (this.#unread.has(name)) return
    const known = this.#errors.get(name)
    const text = printable(reason, REASON_CHARACTERS_MAX)
    if (known?.hash !== shortHash(hash) || known.text !== text) this.#refuse(name, hash, text)
  }

  /** `newest` are the versions in the folder, by name. */
  wentLive(now: {
    readonly files: readonly PluginFile[]
    readonly uses: readonly PluginUse[]
    readonly newest: ReadonlyMap<string, string>
  }): void {
    const { log } = this.#parts
    const before = this.#served
    this.#served = new Map()
    for (const file of now.files) {
      const { name, hash, kind } = file
      const use = now.uses.find((each) => each.name === name)
      const known = before.get(name)
      const same = known?.file.hash === hash && (known.use === undefined) === (use === undefined)
      const loadedAtMs = same ? known.loadedAtMs : this.#parts.wallMs()
      this.#served.set(name, { file, use, loadedAtMs })
      this.#liveGauge.with([name]).set(use === undefined ? 0 : 1)
      this.#loadedAt.with([name]).set(loadedAtMs / SECOND_MS)
      if (now.newest.get(name) === hash && !this.#unread.has(name)) {
        this.#errors.delete(name)
        this.#success.with([name]).set(1)
      }
      if (same) continue
      if (use === undefined) log.info('plugin is disabled', { plugin: name })
      else {
        const { listeners, version, trusted } = use
        const told = { plugin: name, kind, version, hash: shortHash(hash), listeners }
        log.info('plugin went live', trusted === true ? { ...told, trusted } : told)
      }
    }
    for (const name of before.keys()) if (!this.#served.has(name)) this.#detached(name)
    for (const name of [...this.#errors.keys()]) {
      const there = now.newest.has(name) || this.#unread.has(name) || this.#served.has(name)
      if (!there) this.#errors.delete(name)
    }
  }

  list(readings: readonly FamilyReading[]): readonly PluginStatus[] {
    const names = new Set([...this.#served.keys(), ...this.#errors.keys()])
    return [...names].sort().map((name) => this.#status(name, readings))
  }

  #status(name: string, readings: readonly FamilyReading[]): PluginStatus {
    const served = this.#served.get(name)
    const file = served?.file
    const figure = (family: string, label?: string) => sumOf(readings, { family, name, label })
    return {
      name,
      state: served === undefined ? 'refused' : served.use === undefined ? 'disabled' : 'live',
      kind: file?.kind ?? '',
      file: file?.path ?? this.#unread.get(name)?.path ?? '',
      version: served?.use?.version ?? '',
      hash: shortHash(file?.hash ?? ''),
      size: file?.bytes.length ?? 0,
      loadedAtMs: served?.loadedAtMs ?? 0,
      listeners: served?.use?.listeners ?? [],
      trusted: served?.use?.trusted ?? false,
      error: this.#errors.get(name),
      calls: figure('plugin_calls_total') - figure('plugin_calls_total', 'skipped'),
      failures: figure('plugin_calls_total', 'failed'),
      skipped: figure('plugin_calls_total', 'skipped'),
      fuel: figure('plugin_fuel_total'),
      fuelP50: fuelQuantile(readings, name, 0.5),
      fuelP99: fuelQuantile(readings, name, 0.99),
      memoryBytes: figure('plugin_memory_bytes'),
      traps: trapsOf(readings, name),
    }
  }

  #refuse(name: string, hash: string, reason: string): void {
    const text = printable(reason, REASON_CHARACTERS_MAX)
    if (this.#errors.size >= NAMES_MAX && !this.#errors.has(name)) return
    this.#errors.set(name, { atMs: this.#parts.wallMs(), text, hash: shortHash(hash) })
    this.#success.with([name]).set(0)
    const stays = this.#served.has(name)
    this.#parts.log.error(
      stays ? 'plugin refused, the last good version stays' : 'plugin refused, it is not attached',
      { plugin: name, reason: text, hash: shortHash(hash) },
    )
  }

  #detached(name: string): void {
    this.#liveGauge.with([name]).set(0)
    this.#parts.log.info('plugin detached', { plugin: name })
  }
}

function sumOf(
  readings: readonly FamilyReading[],
  wanted: { readonly family: string; readonly name: string; readonly label: string | undefined },
): number {
  const series = readings.find(({ name }) => name === wanted.family)?.series ?? []
  return series
    .filter(({ labels: [plugin] }) => plugin === wanted.name)
    .filter(({ labels: [, label] }) => wanted.label === undefined || label === wanted.label)
    .reduce((sum, { cells }) => sum + (cells[0] ?? 0), 0)
}

function fuelQuantile(readings: readonly FamilyReading[], plugin: string, share: number): number {
  const series = readings.find(({ name }) => name === 'plugin_call_fuel')?.series ?? []
  return amountQuantile(series.find(({ labels: [name] }) => name === plugin)?.cells ?? [], share)
}

function trapsOf(readings: readonly FamilyReading[], plugin: string): Readonly<Record<string, number>> {
  const series = readings.find(({ name }) => name === 'plugin_traps_total')?.series ?? []
  const own = series.filter(({ labels, cells }) => labels[0] === plugin && (cells[0] ?? 0) > 0)
  return Object.fromEntries(own.map(({ labels, cells }) => [labels[1] ?? '', cells[0] ?? 0]))
}
