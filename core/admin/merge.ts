/**
 * Merge: what the workers report, summed to what the proxy does. Each worker has its own connections and its own
 * view of an endpoint's health; only workers that answered are counted.
 */
import type { PlaneReport, WorkerReport } from './source.ts'

type ListenerReport = PlaneReport['listeners'][number]
type ClusterReport = PlaneReport['clusters'][number]
type EndpointReport = ClusterReport['endpoints'][number]

/** Listeners in the order of the first worker that has them; those that drain stand for themselves. */
export function mergeListeners(reports: readonly WorkerReport[]) {
  const groups = grouped(
    reports.flatMap(({ report }) => report?.listeners ?? []),
    (listener) => `${listener.name} ${listener.address} ${listener.draining}`,
  )
  return groups.map(({ first, all }) => ({
    name: first.name,
    address: first.address,
    protocol: first.protocol,
    codecs: mergeCodecs(all),
    filters: first.filters,
    draining: first.draining,
    workers: all.length,
    connections: sum(all, (listener: ListenerReport) => listener.connections),
    exchanges: sum(all, (listener: ListenerReport) => listener.exchanges),
    waitingBytes: sum(all, (listener: ListenerReport) => listener.waitingBytes),
  }))
}

/** Versions of codecs of plugins that connections speak, or would. */
function mergeCodecs(listeners: readonly ListenerReport[]) {
  const groups = grouped(
    listeners.flatMap(({ codecs }) => codecs),
    ({ name, version }) => `${name} ${version}`,
  )
  return groups.map(({ first: { name, version }, all }) => ({
    name,
    version,
    connections: sum(all, ({ connections }) => connections),
  }))
}

export function mergeClusters(reports: readonly WorkerReport[]) {
  const groups = grouped(
    reports.flatMap(({ report }) => report?.clusters ?? []),
    (cluster) => cluster.name,
  )
  return groups.map(({ first, all }) => ({
    name: first.name,
    balancer: first.balancer,
    // Already over all workers: each reads the same shared number, at its own moment.
    requestsActive: Math.max(...all.map((cluster) => cluster.requestsActive)),
    // Each worker looks names up for itself; the first stands for all.
    names: first.names,
    endpoints: mergeEndpoints(all),
  }))
}

function mergeEndpoints(clusters: readonly ClusterReport[]) {
  const groups = grouped(
    clusters.flatMap(({ endpoints }) => endpoints),
    (endpoint) => endpoint.address,
  )
  return groups.map(({ first, all }) => ({
    address: first.address,
    weight: first.weight,
    priority: first.priority,
    locality: first.locality ?? null,
    metadata: first.metadata,
    health: healthOf(all),
    healthyWorkers: all.filter(({ health }) => health === 'healthy').length,
    workers: all.length,
    lastFailure: all.find(({ lastFailure }) => lastFailure !== '')?.lastFailure ?? '',
    connections: sum(all, (endpoint) => endpoint.connections),
    pending: sum(all, (endpoint) => endpoint.pending),
    waitingBytes: sum(all, (endpoint) => endpoint.waitingBytes),
    requestsActive: sum(all, (endpoint) => endpoint.requestsActive),
    requestsTotal: sum(all, (endpoint) => endpoint.requestsTotal),
    failuresTotal: sum(all, (endpoint) => endpoint.failuresTotal),
  }))
}

/** What all workers say, or `mixed` when they differ. */
function healthOf(endpoints: readonly EndpointReport[]): EndpointReport['health'] | 'mixed' | 'unknown' {
  const [first] = endpoints
  if (first === undefined) return 'unknown'
  return endpoints.every(({ health }) => health === first.health) ? first.health : 'mixed'
}

function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string) {
  const groups = new Map<string, { readonly first: Item; readonly all: Item[] }>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), { first: item, all: [item] })
    else group.all.push(item)
  }
  return [...groups.values()]
}

function sum<Item>(items: readonly Item[], figure: (item: Item) => number): number {
  return items.reduce((total, item) => total + figure(item), 0)
}
