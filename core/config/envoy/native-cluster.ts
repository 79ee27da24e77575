/** NativeCluster: a cluster of Envoy's as one of ours. What cannot be read is left out: its declaration has complained. */
import type { ConfigPath } from '../path.ts'
import { entry, type PlainMap, textEntry } from '../shape.ts'
import { nativeEndpoints } from './native-endpoints.ts'
import { nativeWatermarks } from './native-watermarks.ts'
import type { Place } from './place.ts'
import type { Translation } from './translation.ts'

const BALANCERS: Readonly<Record<string, string>> = {
  ROUND_ROBIN: 'round-robin',
  LEAST_REQUEST: 'least-request',
  RANDOM: 'random',
  // Without anything to hash, Envoy takes a random number.
  RING_HASH: 'random',
  MAGLEV: 'random',
}
const HASHING = ['RING_HASH', 'MAGLEV']

/** Ours, and what they are from. */
const KEYS = {
  name: 'name',
  balancer: 'lb_policy',
  'connect-timeout': 'connect_timeout',
  watermarks: 'per_connection_buffer_limit_bytes',
}
const DNS_KEYS = { 'dns.interval': 'dns_refresh_rate', 'dns.ttl': 'respect_dns_ttl' }

export function nativeCluster(cluster: unknown, place: Place, translation: Translation): PlainMap {
  const { path, native } = place
  const timeout = textEntry(cluster, 'connect_timeout')
  for (const [own, envoys] of Object.entries({ ...KEYS, ...DNS_KEYS }))
    translation.from([...native, ...own.split('.')], [...path, envoys])
  return {
    name: entry(cluster, 'name'),
    endpoints: nativeEndpoints(cluster, place, translation),
    balancer: balancerOf(cluster, path, translation),
    ...(timeout === undefined ? {} : { 'connect-timeout': timeout }),
    ...nativeWatermarks(cluster),
    ...dnsOf(cluster, path, translation),
  }
}

function balancerOf(cluster: unknown, path: ConfigPath, translation: Translation): string {
  const policy = textEntry(cluster, 'lb_policy') ?? 'ROUND_ROBIN'
  if (HASHING.includes(policy)) {
    const text = 'no route says what is hashed: requests are spread by chance, as Envoy does then'
    translation.warn([...path, 'lb_policy'], text)
  }
  return (Object.hasOwn(BALANCERS, policy) ? BALANCERS[policy] : undefined) ?? 'round-robin'
}

function dnsOf(cluster: unknown, path: ConfigPath, translation: Translation): PlainMap {
  if (textEntry(cluster, 'type') === 'LOGICAL_DNS')
    translation.warn([...path, 'type'], 'every address of a name is used, as with STRICT_DNS')
  const interval = textEntry(cluster, 'dns_refresh_rate')
  const ttl = entry(cluster, 'respect_dns_ttl')
  if (interval === undefined && ttl === undefined) return {}
  return { dns: { ...(interval === undefined ? {} : { interval }), ...(ttl === undefined ? {} : { ttl }) } }
}
