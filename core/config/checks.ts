/**
 * Checks: what a declaration cannot say about one value alone: names that must be unique, addresses, options that
 * only make sense together. They read the file as written and pass over what the declaration refuses anyway.
 */
import { parseAddress } from '../net/address.ts'
import { watermarkOptions } from '../net/options.ts'
import { backoffOptions } from '../upstream/options.ts'
import { decode } from './decode.ts'
import { type Finding, finding } from './finding.ts'
import type { ConfigPath } from './path.ts'
import { elements, entry, isMapValue, textEntry } from './shape.ts'
import { inSentence } from './wording.ts'

const HASH_BALANCERS = ['ring-hash', 'maglev']

/** What is wrong with the file beyond its declaration. */
export function check(root: unknown): readonly Finding[] {
  const listeners = elements(entry(root, 'listeners'))
  const clusters = elements(entry(root, 'clusters'))
  return [
    ...checkAddress(textEntry(entry(root, 'admin'), 'address'), ['admin', 'address'], 'listen'),
    ...(Array.isArray(entry(root, 'listeners')) && listeners.length === 0
      ? [finding(['listeners'], 'needs at least one listener')]
      : []),
    ...unique(listeners, 'listeners', 'name'),
    ...unique(clusters, 'clusters', 'name'),
    ...uniqueAddresses(root),
    ...listeners.flatMap((listener, index) => checkListener(listener, ['listeners', index])),
    ...clusters.flatMap((cluster, index) => checkCluster(cluster, ['clusters', index])),
  ]
}

function checkListener(listener: unknown, path: ConfigPath): readonly Finding[] {
  const protocols = entry(listener, 'protocols')
  const chosen = textEntry(listener, 'protocol')
  const idle = protocols !== undefined && chosen !== undefined && chosen !== 'auto'
  return [
    ...checkAddress(textEntry(listener, 'address'), [...path, 'address'], 'listen'),
    ...checkWatermarks(entry(listener, 'watermarks'), [...path, 'watermarks']),
    ...(idle ? [finding([...path, 'protocols'], 'only means something with protocol: auto')] : []),
  ]
}

function checkCluster(cluster: unknown, path: ConfigPath): readonly Finding[] {
  const balancer = textEntry(cluster, 'balancer')
  const hashes = balancer !== undefined && HASH_BALANCERS.includes(balancer)
  const keyless = elements(entry(cluster, 'hash')).length === 0
  return [
    ...elements(entry(cluster, 'endpoints')).flatMap((endpoint, index) => {
      const at = [...path, 'endpoints', index]
      if (typeof endpoint === 'string') return checkAddress(endpoint, at, 'dial')
      return checkAddress(textEntry(endpoint, 'address'), [...at, 'address'], 'dial')
    }),
    ...checkWatermarks(entry(cluster, 'watermarks'), [...path, 'watermarks']),
    ...checkBackoff(entry(cluster, 'backoff'), [...path, 'backoff']),
    ...(hashes && keyless
      ? [finding([...path, 'balancer'], `"${balancer}" needs hash: [properties], such as hash: [method]`)]
      : []),
  ]
}

function checkAddress(
  text: string | undefined,
  path: ConfigPath,
  use: 'listen' | 'dial',
): readonly Finding[] {
  if (text === undefined) return []
  const address = parseAddress(text)
  if (typeof address === 'string') return [finding(path, inSentence(address))]
  if (use === 'dial' && address.kind === 'tcp' && address.port === 0) {
    return [finding(path, 'port 0 cannot be dialled')]
  }
  return []
}

function checkWatermarks(value: unknown, path: ConfigPath): readonly Finding[] {
  const marks = isMapValue(value) ? decode(watermarkOptions, value) : undefined
  if (marks === undefined || marks.low < marks.high) return []
  return [finding(path, `low (${marks.low} bytes) must be less than high (${marks.high} bytes)`)]
}

function checkBackoff(value: unknown, path: ConfigPath): readonly Finding[] {
  const backoff = isMapValue(value) ? decode(backoffOptions, value) : undefined
  if (backoff === undefined || backoff.base <= backoff.max) return []
  return [finding(path, `base (${backoff.base} ms) must not be more than max (${backoff.max} ms)`)]
}

function unique(list: readonly unknown[], key: string, property: string): readonly Finding[] {
  const first = new Map<string, number>()
  return list.flatMap((element, index) => {
    const name = textEntry(element, property)
    if (name === undefined) return []
    const earlier = first.get(name)
    if (earlier !== undefined)
      return [finding([key, index, property], `"${name}" is the name of ${key}[${earlier}] too`)]
    first.set(name, index)
    return []
  })
}

/** Two listeners, or a listener and the admin API, cannot have one address; port 0 is a new one each time. */
function uniqueAddresses(root: unknown): readonly Finding[] {
  const taken = new Map<string, string>()
  const admin = textEntry(entry(root, 'admin'), 'address')
  if (admin !== undefined) taken.set(admin, 'admin')
  return elements(entry(root, 'listeners')).flatMap((listener, index) => {
    const text = textEntry(listener, 'address')
    if (text === undefined || text.endsWith(':0')) return []
    const owner = taken.get(text)
    if (owner !== undefined)
      return [finding(['listeners', index, 'address'], `${owner} listens on ${text} already`)]
    taken.set(text, `listeners[${index}]`)
    return []
  })
}
