/** RedisConfigs: the files that weir and Envoy pass Redis on with, as text: every command to one server. */

export interface RedisPorts {
  readonly listen: number
  readonly server: number
}

export function weirRedisConfig({ listen, server }: RedisPorts): string {
  // A document of JSON is a document of YAML.
  return JSON.stringify({
    admin: { address: '127.0.0.1:0' },
    listeners: [
      {
        name: 'redis',
        address: `127.0.0.1:${listen}`,
        protocol: 'redis',
        filters: ['router'],
        routes: [{ cluster: 'redis' }],
      },
    ],
    clusters: [{ name: 'redis', endpoints: [`127.0.0.1:${server}`] }],
  })
}

/** `buffered`: commands wait for up to 3 ms or 4 KiB of them, as the manual advises for pipelines. */
export function envoyRedisConfig({ listen, server }: RedisPorts, buffered: boolean): string {
  const type = 'type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy'
  const waiting = { max_buffer_size_before_flush: 4096, buffer_flush_timeout: '0.003s' }
  const proxy = {
    '@type': type,
    stat_prefix: 'bench',
    settings: { op_timeout: '5s', ...(buffered ? waiting : {}) },
    prefix_routes: { catch_all_route: { cluster: 'redis' } },
  }
  const address = (port: number) => ({ socket_address: { address: '127.0.0.1', port_value: port } })
  return JSON.stringify({
    static_resources: {
      listeners: [
        {
          name: 'bench',
          address: address(listen),
          filter_chains: [{ filters: [{ name: 'envoy.filters.network.redis_proxy', typed_config: proxy }] }],
        },
      ],
      clusters: [
        {
          name: 'redis',
          type: 'STATIC',
          connect_timeout: '5s',
          load_assignment: {
            cluster_name: 'redis',
            endpoints: [{ lb_endpoints: [{ endpoint: { address: address(server) } }] }],
          },
        },
      ],
    },
  })
}
