/** Stage: the upstreams and proxies of one test, torn down in the right order when it is over. */
import type { LineProtocol } from './line-codec.ts'
import { type Script, ScriptedUpstream } from './scripted-upstream.ts'
import { TestProxy, type TestProxyParts } from './test-proxy.ts'

export class Stage {
  #upstreams: ScriptedUpstream[] = []
  #proxies: TestProxy[] = []

  async upstream(script?: Script, protocol?: LineProtocol, port?: number): Promise<ScriptedUpstream> {
    const upstream = await ScriptedUpstream.listen(script, protocol, port)
    this.#upstreams.push(upstream)
    return upstream
  }

  async proxy(parts: TestProxyParts = {}): Promise<TestProxy> {
    const proxy = await TestProxy.start(parts)
    this.#proxies.push(proxy)
    return proxy
  }

  /** A proxy in front of one upstream. */
  async pair(
    parts: TestProxyParts = {},
    script?: Script,
  ): Promise<{ proxy: TestProxy; upstream: ScriptedUpstream }> {
    const upstream = await this.upstream(script, parts.protocol)
    const proxy = await this.proxy({ endpoints: [upstream.address], ...parts })
    return { proxy, upstream }
  }

  async clear(): Promise<void> {
    const [proxies, upstreams] = [this.#proxies, this.#upstreams]
    this.#proxies = []
    this.#upstreams = []
    try {
      for (const proxy of proxies) proxy.end()
      for (const proxy of proxies) await proxy.stop()
    } finally {
      for (const upstream of upstreams) await upstream.stop()
    }
  }
}
