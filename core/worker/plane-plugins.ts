/**
 * PlanePlugins: the plugins of one worker's data plane. What runs them is loaded when a configuration first has a
 * folder of plugins, so that the others pay nothing for it.
 */

import type { Filter } from '../../sdk/index.ts'
import { printable } from '../base/printable.ts'
import type { GuestPlugins } from '../config/guest-plugins.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { GuestBuild } from '../config/plugin-build.ts'
import { CommonTurn } from '../guest/common-turn.ts'
import type { StoreQuota } from '../guest/guest-host.ts'
import type { CallOutPort } from '../guest/held-messages.ts'
import { SharedBlocks } from '../guest/shared-blocks.ts'
import type { Tap } from '../guest/tap.ts'
import type { Trap } from '../guest/trap.ts'
import type { Runtime } from '../net/runtime.ts'
import type { PluginSet } from '../plugin/plugin-file.ts'
import type { Registry } from '../plugin/registry.ts'
import { shortHash } from '../plugin/short-hash.ts'
import type { Cluster } from '../upstream/cluster.ts'
import { type PluginLine, PluginLines } from './plugin-lines.ts'

/** More plugins than that are not told apart; no configuration loads so many. */
const FAILURES_MAX = 512
/** Of why a call failed, in the plugin's own words. */
const REASON_CHARACTERS_MAX = 4_096

/** The last call of a plugin that failed. */
export interface PluginFailure {
  readonly plugin: string
  /** Of the version that failed, as the admin API shows it. */
  readonly hash: string
  /** Milliseconds since 1970. */
  readonly atMs: number
  /** With file and line where the runtime knows them. */
  readonly text: string
}

export class PlanePlugins {
  readonly #runtime: Runtime
  readonly #findCluster: (name: string) => Cluster | undefined
  readonly #failures = new Map<string, PluginFailure>()
  readonly #lines: PluginLines
  readonly #tap: Tap | undefined
  #guests: GuestPlugins | undefined = undefined

  /** `findCluster` finds one of the live configuration; `tap` is shown every filter that serves. */
  constructor(runtime: Runtime, findCluster: (name: string) => Cluster | undefined, tap?: Tap) {
    this.#tap = tap
    this.#runtime = runtime
    this.#findCluster = findCluster
    this.#lines = new PluginLines(runtime.clock)
  }

  /** One for each plugin that has ever failed here. */
  get failures(): readonly PluginFailure[] {
    return [...this.#failures.values()]
  }

  /** What a plugin said lately, and why its calls failed. */
  linesOf(plugin: string): readonly PluginLine[] {
    return this.#lines.of(plugin)
  }

  async build(loaded: LoadedConfig, set: PluginSet, builtIns: Registry): Promise<GuestBuild> {
    this.#guests ??= await this.#open()
    return await this.#guests.build(loaded, set, builtIns)
  }

  /** Answers of a plugin's process come: what comes of them has one time, and leaves in one go. */
  #together(): void {
    const { clock, turn } = this.#runtime
    clock.refresh()
    turn.departures.begin()
  }

  async #open(): Promise<GuestPlugins> {
    const [{ GuestPlugins }, { createGuestRuntimes }] = await Promise.all([
      import('../config/guest-plugins.ts'),
      import('../plugin/guest-runtimes.ts'),
    ])
    const { wheel, clock, shared, turn } = this.#runtime
    const keyValue = (plugin: string, quota: StoreQuota) => shared.keyValues(plugin, quota)
    const callOut: CallOutPort = ({ cluster, timeoutMs, message }, answered) => {
      const target = this.#findCluster(cluster)
      if (target === undefined) answered(`no cluster is named ${cluster}`)
      else target.callOut(message, timeoutMs, answered)
    }
    const tap = this.#tap
    const logged = (plugin: string, level: string, text: string) => {
      this.#lines.add(plugin, level, text)
      tap?.logged(plugin, level, text)
    }
    const failed = (plugin: string, trap: Trap, hash = '') => {
      const reason = printable(trap.reason, REASON_CHARACTERS_MAX)
      this.#lines.add(plugin, 'error', reason)
      tap?.failed(plugin, reason)
      if (this.#failures.size >= FAILURES_MAX && !this.#failures.has(plugin)) return
      const atMs = clock.wallMs
      this.#failures.set(plugin, { plugin, hash: shortHash(hash), atMs, text: reason })
    }
    const defer = (work: () => void) => void setImmediate(work)
    return new GuestPlugins({
      runtimes: createGuestRuntimes(),
      host: this.#runtime,
      services: {
        ...{ wheel, blocks: new SharedBlocks(), defer },
        ...{ failed, logged, keyValue, callOut, turns: new CommonTurn(turn, defer) },
        together: { begin: () => this.#together(), end: () => turn.departures.end() },
      },
      ...(tap === undefined ? {} : { watch: (filter: Filter, plugin: string) => tap.watch(filter, plugin) }),
    })
  }
}
