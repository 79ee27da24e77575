/**
 * PlanePlugins: the plugins of one worker's data plane. What runs them is loaded when a configuration first has a
 * folder of plugins, so that the others pay nothing for it.
 */
import type { GuestBuild, GuestPlugins } from '../config/guest-plugins.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { StoreQuota } from '../guest/guest-host.ts'
import type { CallOutPort } from '../guest/held-messages.ts'
import type { Trap } from '../guest/trap.ts'
import type { Runtime } from '../net/runtime.ts'
import type { PluginSet } from '../plugin/plugin-file.ts'
import type { Registry } from '../plugin/registry.ts'
import type { Cluster } from '../upstream/cluster.ts'

/** More plugins than that are not told apart; no configuration loads so many. */
const FAILURES_MAX = 512

/** The last call of a plugin that failed. */
export interface PluginFailure {
  readonly plugin: string
  /** Milliseconds since 1970. */
  readonly atMs: number
  /** With file and line where the runtime knows them. */
  readonly text: string
}

export class PlanePlugins {
  readonly #runtime: Runtime
  readonly #findCluster: (name: string) => Cluster | undefined
  readonly #failures = new Map<string, PluginFailure>()
  #guests: GuestPlugins | undefined = undefined

  /** `findCluster` finds one of the live configuration. */
  constructor(runtime: Runtime, findCluster: (name: string) => Cluster | undefined) {
    this.#runtime = runtime
    this.#findCluster = findCluster
  }

  /** One for each plugin that has ever failed here. */
  get failures(): readonly PluginFailure[] {
    return [...this.#failures.values()]
  }

  async build(loaded: LoadedConfig, set: PluginSet, builtIns: Registry): Promise<GuestBuild> {
    this.#guests ??= await this.#open()
    return await this.#guests.build(loaded, set, builtIns)
  }

  async #open(): Promise<GuestPlugins> {
    const [{ GuestPlugins }, { createGuestRuntimes }] = await Promise.all([
      import('../config/guest-plugins.ts'),
      import('../plugin/guest-runtimes.ts'),
    ])
    const { wheel, clock, shared } = this.#runtime
    const keyValue = (plugin: string, quota: StoreQuota) => shared.keyValues(plugin, quota)
    const callOut: CallOutPort = ({ cluster, timeoutMs, message }, answered) => {
      const target = this.#findCluster(cluster)
      if (target === undefined) answered(`no cluster is named ${cluster}`)
      else target.callOut(message, timeoutMs, answered)
    }
    const failed = (plugin: string, { kind, text }: Trap) => {
      if (this.#failures.size >= FAILURES_MAX && !this.#failures.has(plugin)) return
      this.#failures.set(plugin, { plugin, atMs: clock.wallMs, text: `${kind}: ${text}` })
    }
    return new GuestPlugins({
      runtimes: createGuestRuntimes(),
      host: this.#runtime,
      services: { wheel, defer: (work) => void setImmediate(work), failed, keyValue, callOut },
    })
  }
}
