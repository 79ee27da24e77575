/** Target configs: the files that the targets run with, as text. All of them pass one interface to one upstream. */
import { BENCH_INTERFACE, BENCH_METHOD } from './frames.ts'

export interface TargetPorts {
  readonly listen: number
  readonly admin: number
  readonly upstream: number
}

/**
 * `bare` only routes; `full` adds what a real deployment has: metrics, a rate limit that refuses nothing, and a choice
 * among routes.
 */
export type WeirChain = 'bare' | 'full'

/** A folder of plugins, all of which stand before the router, and filters that stand before them. */
export interface WeirPlugins {
  readonly dir: string
  readonly filters: readonly unknown[]
  /** Default: Dubbo, by the built-in codec. */
  readonly protocol?: string
}

export function weirConfig(ports: TargetPorts, chain: WeirChain, plugins?: WeirPlugins): string {
  const bareRoutes = [{ cluster: 'echo' }]
  const fullRoutes = [
    { match: { interface: 'org.apache.dubbo.samples.OtherService' }, cluster: 'other' },
    { match: { interface: BENCH_INTERFACE, method: 'sayBye' }, cluster: 'other' },
    { match: { interface: BENCH_INTERFACE, method: BENCH_METHOD }, cluster: 'echo' },
  ]
  // A document of JSON is a document of YAML.
  return JSON.stringify({
    admin: { address: `127.0.0.1:${ports.admin}` },
    ...(plugins === undefined ? {} : { plugins: { dir: plugins.dir } }),
    listeners: [
      {
        name: 'bench',
        address: `127.0.0.1:${ports.listen}`,
        protocol: plugins?.protocol ?? 'dubbo',
        'connections-max': 100_000,
        filters:
          chain === 'bare'
            ? [...(plugins?.filters ?? []), 'router']
            : ['metrics', { 'rate-limit': { tokens: 100_000_000, every: '1s' } }, 'router'],
        routes: chain === 'bare' ? bareRoutes : fullRoutes,
      },
    ],
    clusters: [
      { name: 'echo', endpoints: [`127.0.0.1:${ports.upstream}`] },
      { name: 'other', endpoints: [`127.0.0.1:${ports.upstream}`] },
    ],
  })
}

export function envoyConfig(ports: TargetPorts): string {
  const types = 'type.googleapis.com/envoy.extensions.filters.network.dubbo_proxy'
  const proxy = {
    '@type': `${types}.v3.DubboProxy`,
    stat_prefix: 'bench',
    protocol_type: 'Dubbo',
    serialization_type: 'Hessian2',
    route_config: [
      {
        name: 'bench',
        interface: BENCH_INTERFACE,
        routes: [{ match: { method: { name: { exact: BENCH_METHOD } } }, route: { cluster: 'echo' } }],
      },
    ],
    dubbo_filters: [{ name: 'envoy.filters.dubbo.router', config: { '@type': `${types}.router.v3.Router` } }],
  }
  return JSON.stringify({
    static_resources: {
      listeners: [
        {
          name: 'bench',
          address: socketAddress(ports.listen),
          filter_chains: [{ filters: [{ name: 'envoy.filters.network.dubbo_proxy', typed_config: proxy }] }],
        },
      ],
      clusters: [
        {
          name: 'echo',
          type: 'STATIC',
          connect_timeout: '5s',
          load_assignment: {
            cluster_name: 'echo',
            endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(ports.upstream) } }] }],
          },
          circuit_breakers: { thresholds: [{ max_connections: 100_000, max_pending_requests: 100_000 }] },
        },
      ],
    },
  })
}

export function haproxyConfig(ports: TargetPorts): string {
  return `global
  nbthread 1
  maxconn 4000

defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s

frontend bench
  bind 127.0.0.1:${ports.listen}
  default_backend echo

backend echo
  server echo 127.0.0.1:${ports.upstream}
`
}

function socketAddress(port: number) {
  return { socket_address: { address: '127.0.0.1', port_value: port } }
}
