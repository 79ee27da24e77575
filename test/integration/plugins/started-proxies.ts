/** StartedProxies: starts a running weir for one test; what was started is stopped behind each of them. */
import { afterEach } from 'vitest'
import { PluginProxy, type PluginProxyOptions } from './plugin-proxy.ts'

/** To be asked for once in a file, before its tests. */
export function startedProxies(): (options?: PluginProxyOptions) => Promise<PluginProxy> {
  const started: PluginProxy[] = []
  afterEach(async () => {
    for (const proxy of started.splice(0)) await proxy.stop()
  })
  return async (options) => {
    const proxy = await PluginProxy.start(options)
    started.push(proxy)
    return proxy
  }
}
