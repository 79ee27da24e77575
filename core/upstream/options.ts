/** Options of clusters: their endpoints, how one is picked, and what a pool of connections may do. */
import { byteSize, choice, duration, type Infer, options, section, Type } from '../../sdk/index.ts'
import { keepalive, watermarkOptions, writeTimeout } from '../net/options.ts'

const endpointAddress = Type.String({
  description: 'host:port, [v6]:port or unix:/path',
  examples: ['127.0.0.1:20881', 'provider.internal:20880', 'unix:/run/provider.sock'],
})

export const endpointOptions = options({
  address: endpointAddress,
  weight: Type.Integer({
    minimum: 1,
    maximum: 1_000,
    default: 1,
    description: 'Share of requests beside the others.',
  }),
  priority: Type.Integer({
    minimum: 0,
    maximum: 128,
    default: 0,
    description: 'Endpoints of a higher number have requests only while none of a lower one can.',
  }),
  locality: Type.Optional(Type.String({ description: 'Where the endpoint stands, such as eu-west/a.' })),
  metadata: Type.Optional(
    Type.Record(Type.String(), Type.String(), { description: 'Facts for people and filters.' }),
  ),
})

export const balancerNames = ['round-robin', 'random', 'least-request', 'ring-hash', 'maglev'] as const

export const backoffOptions = section(
  {
    base: duration({
      about: 'Wait after the first failed dial; doubles with each further one.',
      default: '100ms',
    }),
    max: duration({ about: 'The longest wait between two dials.', default: '10s' }),
  },
  'How an endpoint that refuses connections is left alone.',
)

export const dnsOptions = section(
  {
    interval: duration({ about: 'How often names are resolved anew.', default: '5s' }),
    ttl: Type.Boolean({
      default: false,
      description: 'Resolve when the records expire instead, at least every second.',
    }),
  },
  'How the names among the endpoints are resolved. The last good answer is kept.',
)

export const clusterOptions = options({
  name: Type.String({ minLength: 1, description: 'What routes call the cluster.' }),
  protocol: Type.Optional(
    choice(['http'], {
      about: 'http: plugins call it out with requests of HTTP/1.1. Else it speaks what its listeners do.',
    }),
  ),
  endpoints: Type.Array(Type.Union([endpointAddress, endpointOptions]), {
    description: 'Addresses, or objects with weights.',
  }),
  balancer: choice(balancerNames, { about: 'How an endpoint is picked.', default: 'round-robin' }),
  hash: Type.Array(Type.String(), {
    default: [],
    description: 'Properties whose values ring-hash and maglev hash, in order.',
  }),
  dns: dnsOptions,
  'connect-timeout': duration({ about: 'TCP connection setup.', default: '5s' }),
  'connect-attempts': Type.Integer({
    minimum: 1,
    maximum: 10,
    default: 3,
    description: 'Endpoints tried for one request while none of it has been sent.',
  }),
  backoff: backoffOptions,
  'connections-max': Type.Integer({
    minimum: 1,
    maximum: 1_024,
    default: 8,
    description: 'Connections to one endpoint from one worker.',
  }),
  'own-connections-max': Type.Integer({
    minimum: 1,
    maximum: 65_536,
    default: 1_024,
    description: 'Further connections to one endpoint from one worker that belong to one client each.',
  }),
  'exchanges-per-connection': Type.Integer({
    minimum: 1,
    maximum: 1_048_576,
    default: 512,
    description: 'Exchanges in flight on a connection at which another one is dialled.',
  }),
  'pending-max': Type.Integer({
    minimum: 1,
    maximum: 1_048_576,
    default: 1_024,
    description: 'Requests of one endpoint that may wait for a connection, in one worker.',
  }),
  'requests-max': Type.Integer({
    minimum: 1,
    maximum: 16_777_216,
    default: 65_536,
    description: 'Exchanges in flight to the cluster, over all workers.',
  }),
  'idle-timeout': duration({
    about: 'A connection without exchanges for so long is closed.',
    default: '10m',
  }),
  'heartbeat-interval': duration({
    about: 'Silence after which a heartbeat is sent; 0s sends none.',
    default: '60s',
  }),
  'body-size-max': byteSize({ about: 'The largest reply body accepted.', default: '8MiB' }),
  'pieces-from': byteSize({
    about: 'Larger reply bodies are passed on in pieces as they come, where the protocol can.',
    default: '256KiB',
  }),
  'write-timeout': writeTimeout,
  keepalive,
  watermarks: watermarkOptions,
})

export type ClusterOptions = Infer<typeof clusterOptions>
