/**
 * RedisStage: a proxy that speaks Redis in front of a server that a test plays by hand, with clients of bytes. Strings of
 * more than a thousand bytes pass in pieces.
 */

import type { ListenerOptions } from '../../core/exchange/options.ts'
import type { ClusterOptions } from '../../core/upstream/options.ts'
import { RedisCodec } from '../../plugins/redis/codec.ts'
import type { Codec, Filter } from '../../sdk/index.ts'
import { BytePeer } from './byte-peer.ts'
import { ByteServer } from './byte-server.ts'
import { Stage } from './stage.ts'
import type { TestProxy } from './test-proxy.ts'

const LIMITS = { 'pieces-from': 1_000, 'body-size-max': 128 * 1_048_576 }

export interface RedisStageParts {
  readonly filters?: readonly Filter[]
  readonly codec?: Codec
  readonly listener?: Partial<ListenerOptions>
  readonly cluster?: Partial<ClusterOptions>
}

export interface RedisPair {
  readonly proxy: TestProxy
  readonly server: ByteServer
  /** Another client. */
  client(): Promise<BytePeer>
  /** Bytes that wait anywhere in the proxy. */
  waiting(): number
}

export class RedisStage {
  readonly #stage = new Stage()
  #servers: ByteServer[] = []
  #clients: BytePeer[] = []

  async pair(parts: RedisStageParts = {}): Promise<RedisPair> {
    const server = await ByteServer.listen()
    this.#servers.push(server)
    const { filters, codec = new RedisCodec(), listener, cluster } = parts
    const proxy = await this.#stage.proxy({
      endpoints: [server.address],
      codecs: [codec],
      listener: { ...LIMITS, protocol: 'redis', ...listener },
      cluster: { ...LIMITS, endpoints: [server.address], ...cluster },
      ...(filters === undefined ? {} : { filters }),
    })
    return { proxy, server, client: () => this.#client(proxy), waiting: () => waitingIn(proxy) }
  }

  async clear(): Promise<void> {
    for (const client of this.#clients.splice(0)) client.socket.destroy()
    await this.#stage.clear()
    for (const server of this.#servers.splice(0)) await server.stop()
  }

  async #client(proxy: TestProxy): Promise<BytePeer> {
    const client = await BytePeer.connect(proxy.listener.boundAddress)
    this.#clients.push(client)
    return client
  }
}

function waitingIn(proxy: TestProxy): number {
  const upstream = proxy.cluster.report().endpoints.reduce((sum, { waitingBytes }) => sum + waitingBytes, 0)
  return proxy.listener.report().waitingBytes + upstream
}
