/**
 * BootstrapOptions: what of Envoy's bootstrap is understood, under the names of its fields. Everything else is refused,
 * but for what says of itself that it has no effect here.
 */
import { choice, options, Type } from '../../../sdk/index.ts'
import { withoutEffect } from './without-effect.ts'

const STATS = 'the metrics have names and labels of their own'
const NODE = 'nobody is told who this is'

const text = Type.Optional(Type.String())
const opaque = Type.Optional(Type.Record(Type.String(), Type.Unknown()))
const bytes = Type.Optional(Type.Integer({ minimum: 2, maximum: 4_294_967_295 }))
const duration = Type.Optional(
  Type.String({ pattern: '^[0-9]+(\\.[0-9]{1,9})?s$', examples: ['5s', '0.25s'] }),
)

const address = options({
  socket_address: Type.Optional(
    options({
      protocol: Type.Optional(choice(['TCP'], { about: 'The only one there is.' })),
      address: Type.String(),
      port_value: Type.Integer({ minimum: 0, maximum: 65_535 }),
    }),
  ),
  pipe: Type.Optional(options({ path: Type.String() })),
})

const admin = options({
  address: Type.Optional(address),
  access_log: withoutEffect('requests to the admin API are not logged'),
  access_log_path: withoutEffect('requests to the admin API are not logged'),
  profile_path: withoutEffect('nothing is profiled from there'),
})

const filter = options({ name: text, typed_config: opaque, config: opaque })

const filterChain = options({
  name: text,
  filters: Type.Array(filter, { default: [] }),
})

const listener = options({
  name: text,
  address,
  filter_chains: Type.Array(filterChain, { default: [] }),
  per_connection_buffer_limit_bytes: bytes,
  enable_reuse_port: withoutEffect('every worker has a socket of its own'),
  reuse_port: withoutEffect('every worker has a socket of its own'),
  traffic_direction: withoutEffect('no filter here goes by it'),
  stat_prefix: withoutEffect(STATS),
})

const endpoint = options({
  address: Type.Optional(address),
  hostname: withoutEffect('nothing here sends it'),
})

const lbEndpoint = options({
  endpoint: Type.Optional(endpoint),
  load_balancing_weight: Type.Optional(Type.Integer({ minimum: 1 })),
  health_status: Type.Optional(choice(['UNKNOWN', 'HEALTHY'], { about: 'Endpoints are taken to be well.' })),
  metadata: withoutEffect('no balancer here goes by it'),
})

const locality = options({ region: text, zone: text, sub_zone: text })

const localityEndpoints = options({
  locality: Type.Optional(locality),
  lb_endpoints: Type.Array(lbEndpoint, { default: [] }),
  load_balancing_weight: withoutEffect('endpoints have weights, localities have none'),
  priority: Type.Optional(Type.Integer({ minimum: 0, maximum: 128 })),
})

const cluster = options({
  name: Type.String(),
  type: Type.Optional(
    choice(['STATIC', 'STRICT_DNS', 'LOGICAL_DNS'], { about: 'Where endpoints are from.' }),
  ),
  connect_timeout: duration,
  lb_policy: Type.Optional(
    choice(['ROUND_ROBIN', 'LEAST_REQUEST', 'RANDOM', 'RING_HASH', 'MAGLEV'], { about: 'Who is picked.' }),
  ),
  load_assignment: Type.Optional(
    options({ cluster_name: text, endpoints: Type.Array(localityEndpoints, { default: [] }) }),
  ),
  hosts: Type.Optional(Type.Array(address)),
  dns_refresh_rate: duration,
  respect_dns_ttl: Type.Optional(Type.Boolean()),
  per_connection_buffer_limit_bytes: bytes,
  alt_stat_name: withoutEffect(STATS),
})

export const bootstrapOptions = options({
  node: withoutEffect(NODE),
  admin: Type.Optional(admin),
  static_resources: Type.Optional(
    options({
      listeners: Type.Array(listener, { default: [] }),
      clusters: Type.Array(cluster, { default: [] }),
    }),
  ),
  stats_config: withoutEffect(STATS),
  stats_flush_interval: withoutEffect('metrics are read when somebody asks for them'),
  flags_path: withoutEffect('nothing here reads flags'),
})
