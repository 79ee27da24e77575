/**
 * OwnConnections: the connections to one endpoint that belong to one client each, and those that have belonged to one
 * and wait for the next. They are counted and limited beside the ones that are shared.
 */
import type { Socket } from 'node:net'
import type { Codec } from '../../sdk/index.ts'
import type { ConnectionLimits } from '../net/connection-limits.ts'
import { dial } from '../net/dial.ts'
import type { Runtime } from '../net/runtime.ts'
import type { ClusterStats } from './cluster-stats.ts'
import { Lease, type LeaseOwner } from './lease.ts'
import type { ClusterOptions } from './options.ts'
import type { PoolOwner } from './pool.ts'
import type { UpstreamRequest } from './request.ts'
import { UpstreamConnection } from './upstream-connection.ts'
import type { UpstreamOwner } from './upstream-owner.ts'

/** Connections without a client that are kept for the next one. */
const SPARE_COUNT_MAX = 8

export class OwnConnections implements UpstreamOwner, LeaseOwner {
  readonly codec: Codec
  readonly endpoint: PoolOwner
  /** A connection that waits for its next client has nothing to say. */
  readonly onUnasked = undefined
  readonly #limits: ConnectionLimits
  readonly #leases = new Set<Lease>()
  #spare: UpstreamConnection[] = []
  #open = 0
  #closeReason: string | undefined = undefined

  constructor(codec: Codec, endpoint: PoolOwner, limits: ConnectionLimits) {
    this.codec = codec
    this.endpoint = endpoint
    this.#limits = limits
  }

  get address(): string {
    return this.endpoint.address
  }

  get options(): ClusterOptions {
    return this.endpoint.options
  }

  get stats(): ClusterStats {
    return this.endpoint.stats
  }

  get runtime(): Runtime {
    return this.endpoint.runtime
  }

  /** Whoever finds no spare connection has one dialled. */
  get wanted(): boolean {
    return false
  }

  get connectionsCount(): number {
    return this.#open
  }

  get waitingBytes(): number {
    let bytes = 0
    for (const { connection } of this.#leases) bytes += connection?.waitingBytes ?? 0
    return bytes
  }

  get pendingCount(): number {
    let count = 0
    for (const lease of this.#leases) count += lease.pendingCount
    return count
  }

  get drainingCount(): number {
    let count = 0
    for (const { connection } of this.#leases) if (connection?.draining === true) count++
    return count
  }

  /** The first request of a client that needs a connection of its own. */
  begin(request: UpstreamRequest): void {
    if (this.#leases.size >= this.options['own-connections-max']) {
      this.stats.overflows.add(1)
      request.onFailure('overloaded', `too many clients have connections of their own to ${this.address}`)
      return
    }
    const spare = this.#takeSpare()
    if (spare === undefined && !this.endpoint.mayDial) {
      request.onFailure('no_healthy_upstream', `${this.address} is left alone after failed dials`)
      return
    }
    const lease = new Lease(this, request.source, spare)
    this.#leases.add(lease)
    this.stats.ownConnectionsActive.add(1)
    request.source.lease = lease
    if (spare === undefined) this.#dial(lease)
    lease.begin(request)
  }

  /** Closes each when nothing waits on it. */
  close(reason: string): void {
    this.#closeReason = reason
    for (const connection of this.#spare.splice(0)) connection.drain(reason)
    for (const { connection } of [...this.#leases]) connection?.drain(reason)
  }

  sweep(nowMs: number): void {
    for (const connection of [...this.#spare]) connection.sweep(nowMs)
    for (const { connection } of this.#leases) connection?.sweep(nowMs)
  }

  connect(lease: Lease, socket: Socket): UpstreamConnection {
    this.stats.connects.add(1)
    this.stats.connectionsActive.add(1)
    this.#open++
    this.endpoint.onConnected()
    return new UpstreamConnection(socket, lease, this.#limits)
  }

  onReleased(lease: Lease, spare: UpstreamConnection | undefined): void {
    if (this.#leases.delete(lease)) this.stats.ownConnectionsActive.add(-1)
    if (spare === undefined) return
    spare.handTo(this)
    if (this.#closeReason !== undefined) spare.drain(this.#closeReason)
    else if (this.#spare.length < SPARE_COUNT_MAX) this.#spare.push(spare)
    else spare.drain('enough others wait for a client')
  }

  onConnectionClosed(connection: UpstreamConnection): void {
    this.#open--
    this.stats.connectionsActive.add(-1)
    this.endpoint.onConnectionClosed(connection.diedSilent)
  }

  onClosed(connection: UpstreamConnection): void {
    this.#spare = this.#spare.filter((other) => other !== connection)
    this.onConnectionClosed(connection)
  }

  onRoom(): void {
    // Nobody waits for a spare connection: who finds none has one dialled.
  }

  onDrain(): void {
    this.endpoint.onDrain()
  }

  onAlive(): void {
    this.endpoint.onAlive()
  }

  #takeSpare(): UpstreamConnection | undefined {
    for (let spare = this.#spare.pop(); spare !== undefined; spare = this.#spare.pop())
      if (spare.usable) return spare
    return undefined
  }

  #dial(lease: Lease): void {
    const attempt = dial(this.endpoint.target, this.options['connect-timeout'], {
      onConnect: (socket) => {
        this.runtime.clock.refresh()
        lease.onConnected(socket)
        if (this.#closeReason !== undefined) lease.connection?.drain(this.#closeReason)
      },
      onFailure: (reason) => {
        this.runtime.clock.refresh()
        this.stats.connectFailures.add(1)
        const waiting = lease.onDialFailed()
        this.onReleased(lease, undefined)
        this.endpoint.onDialFailed(reason, waiting)
      },
    })
    lease.dialling(() => attempt.cancel())
  }
}
