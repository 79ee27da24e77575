/**
 * PluginService: the main thread's part of the plugins: watches their folder and reloads, one reload at a time and
 * never one that changes nothing. What an operator asks for takes the same way.
 */
import type { Counter, MetricFamily } from '../../sdk/index.ts'
import type { PluginStatus } from '../admin/source.ts'
import type { Logger } from '../base/log.ts'
import type { Shared } from '../base/shared/shared.ts'
import { FolderWatch } from '../plugin/folder-watch.ts'
import type { ConfigFacts } from './config-facts.ts'
import { LivePlugins } from './live-plugins.ts'
import { PluginReport } from './plugin-report.ts'
import type { ConfigText } from './protocol.ts'
import { Refusal } from './refusal.ts'
import { Stopping } from './stopping.ts'
import type { Workers } from './workers.ts'

/** A file that is being written is looked at again after so long. */
const AGAIN_MS = 100

export interface PluginServiceParts {
  readonly shared: Shared
  readonly log: Logger
  readonly workers: Workers
  /** Whether changes of the folder are taken over by themselves. */
  readonly watch: boolean
  wallMs(): number
}

/** Makes the live configuration live once more, with the plugins that there are now. */
export type Reapply = (apply: (config: ConfigText) => Promise<ConfigFacts>) => Promise<void>

export class PluginService {
  readonly #parts: PluginServiceParts
  readonly #report: PluginReport
  readonly #plugins: LivePlugins
  readonly #reloads: MetricFamily<Counter>
  #watch: FolderWatch | undefined = undefined
  #again: NodeJS.Timeout | undefined = undefined
  #reapply: Reapply | undefined = undefined
  #looking: Promise<readonly string[]> | undefined = undefined
  #touched = false
  #closed = false

  constructor(parts: PluginServiceParts) {
    this.#parts = parts
    this.#report = new PluginReport(parts)
    this.#plugins = new LivePlugins(this.#report, () => parts.wallMs())
    this.#reloads = parts.shared.counter({
      name: 'plugin_reloads_total',
      about: 'Changes of plugins that were given to the workers.',
      labels: ['result'],
    })
  }

  /** The first configuration. `facts` is what was found in it. */
  start(config: ConfigText, facts: ConfigFacts): Promise<ConfigFacts> {
    const { workers } = this.#parts
    return this.#plugins.give(config, facts.plugins, (text, review) => workers.start(text, review))
  }

  /** Another configuration, or the same one with other plugins. */
  async apply(config: ConfigText): Promise<ConfigFacts> {
    const { workers } = this.#parts
    const facts = await this.#plugins.give(config, this.#plugins.facts, (text, review) =>
      workers.apply(text, review),
    )
    this.#follow()
    return facts
  }

  /** Whoever asks for a reload wants to see again what was refused. */
  forgive(): void {
    this.#plugins.forgive()
  }

  /** From now on changes of the folder are taken over. */
  open(reapply: Reapply): void {
    this.#reapply = reapply
    this.#follow()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#again)
    this.#watch?.close()
  }

  list(): readonly PluginStatus[] {
    return this.#report.list(this.#parts.shared.read())
  }

  /** What was refused is tried anew: one plugin, or all. Answers why it cannot be had, or the whole folder. */
  async reload(name: string | undefined): Promise<readonly string[]> {
    this.#plugins.forgive(name)
    const problems = await this.#look()
    const refused = this.list().filter((each) => name === undefined || each.name === name)
    const unread = this.#plugins.problem === undefined ? [] : [this.#plugins.problem]
    return [
      ...problems,
      ...unread,
      ...refused.flatMap(({ error }) => (error === undefined ? [] : [error.text])),
    ]
  }

  /** `undefined` when there is no plugin of this name; else why it could not be done. */
  async disable(name: string, disabled: boolean): Promise<readonly string[] | undefined> {
    if (!this.#plugins.has(name)) return undefined
    const before = this.#plugins.isDisabled(name)
    this.#plugins.disable(name, disabled)
    const problems = await this.#look()
    if (problems.length > 0) this.#plugins.disable(name, before)
    return problems
  }

  /** Watches the folder of the live configuration. */
  #follow(): void {
    const dir = this.#plugins.facts?.dir
    if (this.#closed || !this.#parts.watch || this.#reapply === undefined || dir === this.#watch?.dir) return
    this.#watch?.close()
    this.#watch = dir === undefined ? undefined : new FolderWatch(dir, () => void this.#look())
    // It may have changed between being read and being watched.
    this.#watch?.touch()
  }

  /** One at a time: what happens meanwhile is looked at afterwards, once. */
  #look(): Promise<readonly string[]> {
    if (this.#looking !== undefined) {
      this.#touched = true
      return this.#looking.then(() => this.#looking ?? [])
    }
    this.#looking = this.#lookOnce().finally(() => {
      this.#looking = undefined
      if (!this.#touched) return
      this.#touched = false
      void this.#look()
    })
    return this.#looking
  }

  async #lookOnce(): Promise<readonly string[]> {
    if (this.#closed || this.#reapply === undefined) return ['the proxy is not serving']
    try {
      const { changed, again } = await this.#plugins.look()
      if (again) this.#lookAgain()
      if (!changed) return []
      await this.#reapply((config) => this.apply(config))
      this.#reloads.with(['ok']).add(1)
      return []
    } catch (error) {
      if (error instanceof Stopping) return [error.message]
      const problems = Refusal.problemsOf(error)
      this.#reloads.with(['failed']).add(1)
      this.#parts.log.error('the plugins could not be changed, those that run go on', { problems })
      return problems
    }
  }

  #lookAgain(): void {
    clearTimeout(this.#again)
    this.#again = setTimeout(() => void this.#look(), AGAIN_MS)
    this.#again.unref()
  }
}
