/**
 * PlanePlugins: the plugins of one worker's data plane. What runs them is loaded when a configuration first has a
 * folder of plugins, so that the others pay nothing for it.
 */
import type { GuestBuild, GuestPlugins } from '../config/guest-plugins.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { Runtime } from '../net/runtime.ts'
import type { PluginSet } from '../plugin/plugin-file.ts'
import type { Registry } from '../plugin/registry.ts'

export class PlanePlugins {
  readonly #runtime: Runtime
  #guests: GuestPlugins | undefined = undefined

  constructor(runtime: Runtime) {
    this.#runtime = runtime
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
    const { wheel } = this.#runtime
    return new GuestPlugins({
      runtimes: createGuestRuntimes(),
      host: this.#runtime,
      services: { wheel, defer: (work) => void setImmediate(work) },
    })
  }
}
