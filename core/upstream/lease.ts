/**
 * Lease: one upstream connection that belongs to one client, because what the client left behind on it matters. It
 * begins with the first request that needs it, waits for its dial when there is no spare connection, and ends with the
 * client, with the connection, or when nothing of the client is left on it.
 */
import type { Socket } from 'node:net'
import type { Codec, Message } from '../../sdk/index.ts'
import type { Runtime } from '../net/runtime.ts'
import type { ClusterStats } from './cluster-stats.ts'
import type { ClusterOptions } from './options.ts'
import type { PoolOwner } from './pool.ts'
import type { RequestHolder, RequestSource, UpstreamRequest } from './request.ts'
import type { UpstreamConnection } from './upstream-connection.ts'
import type { UpstreamOwner } from './upstream-owner.ts'

/** What a lease tells whoever made it. */
export interface LeaseOwner {
  readonly codec: Codec
  readonly endpoint: PoolOwner
  /** Makes a connection of a socket that was dialled for the lease. */
  connect(lease: Lease, socket: Socket): UpstreamConnection
  /** The lease is over; `spare` is its connection when others may have it. */
  onReleased(lease: Lease, spare: UpstreamConnection | undefined): void
  /** A connection of a lease has closed. */
  onConnectionClosed(connection: UpstreamConnection): void
}

/** dialling => open => over; dialling => over. */
export class Lease implements UpstreamOwner, RequestHolder {
  /** Whether the client may have left something on the connection. */
  dirty = false
  readonly #owner: LeaseOwner
  readonly #source: RequestSource
  #connection: UpstreamConnection | undefined
  #cancelDial: (() => void) | undefined = undefined
  #pending: UpstreamRequest[] = []
  #over = false
  #stopped = false

  constructor(owner: LeaseOwner, source: RequestSource, connection: UpstreamConnection | undefined) {
    this.#owner = owner
    this.#source = source
    this.#connection = connection
    connection?.handTo(this)
  }

  get cluster(): string {
    return this.stats.cluster
  }

  get address(): string {
    return this.#owner.endpoint.address
  }

  get codec(): Codec {
    return this.#owner.codec
  }

  get options(): ClusterOptions {
    return this.#owner.endpoint.options
  }

  get stats(): ClusterStats {
    return this.#owner.endpoint.stats
  }

  get runtime(): Runtime {
    return this.#owner.endpoint.runtime
  }

  get pendingCount(): number {
    return this.#pending.length
  }

  /** Nobody but its client waits for it. */
  get wanted(): boolean {
    return false
  }

  get connection(): UpstreamConnection | undefined {
    return this.#connection
  }

  /** A further request of the client. */
  send(request: UpstreamRequest): void {
    this.#owner.endpoint.begin(request)
    this.begin(request)
  }

  /** A request that the endpoint counts already. */
  begin(request: UpstreamRequest): void {
    if (this.#over || this.#connection?.usable === false) {
      request.onFailure('upstream_reset', `this client's own connection to ${this.address} is lost`)
    } else if (this.#connection !== undefined) {
      this.#dispatch(this.#connection, request)
    } else if (this.#pending.length >= this.options['pending-max']) {
      this.stats.overflows.add(1)
      request.onFailure('overloaded', `too many requests wait for a connection to ${this.address}`)
    } else {
      request.holder = this
      this.#pending.push(request)
    }
  }

  forget(request: UpstreamRequest): void {
    const place = this.#pending.indexOf(request)
    if (place >= 0) this.#pending.splice(place, 1)
  }

  /** The dial for it is under way. */
  dialling(cancel: () => void): void {
    this.#cancelDial = cancel
  }

  onConnected(socket: Socket): void {
    const connection = this.#owner.connect(this, socket)
    this.#connection = connection
    this.#cancelDial = undefined
    if (this.#stopped) connection.readDisable()
    for (const request of this.#pending.splice(0)) this.begin(request)
  }

  /** Nothing could be dialled; answers those that waited, which may be sent elsewhere. */
  onDialFailed(): readonly UpstreamRequest[] {
    this.#over = true
    this.#source.lease = undefined
    const waiting = this.#pending.splice(0)
    for (const request of waiting) request.holder = undefined
    return waiting
  }

  /** The client reads too slowly, or reads on. */
  stop(stopped: boolean): void {
    if (this.#stopped === stopped) return
    this.#stopped = stopped
    if (stopped) this.#connection?.readDisable()
    else this.#connection?.readEnable()
  }

  /** The client needs it no longer. `clean`: nothing of the client is left on the connection, and others may have it. */
  release(clean: boolean): void {
    if (this.#over) return
    this.#over = true
    this.#cancelDial?.()
    const connection = this.#connection
    const spare = clean && connection?.usable === true && connection.waiting === 0
    if (spare && this.#stopped) connection.readEnable()
    this.#owner.onReleased(this, spare ? connection : undefined)
    if (!spare) connection?.dismiss('its client needs it no longer')
  }

  onRoom(): void {
    // Nobody else waits for this connection.
  }

  onDrain(): void {
    this.#owner.endpoint.onDrain()
  }

  onAlive(): void {
    this.#owner.endpoint.onAlive()
  }

  readonly onUnasked = (message: Message): void => {
    if (!this.#over) this.#source.onUnasked(message)
  }

  onClosed(connection: UpstreamConnection): void {
    this.#owner.onConnectionClosed(connection)
    if (this.#over) return
    this.#over = true
    this.#owner.onReleased(this, undefined)
    this.#source.onLeaseLost(this, connection.closeReason)
  }

  #dispatch(connection: UpstreamConnection, request: UpstreamRequest): void {
    if (request.message.affinity === 'own') this.dirty = true
    request.holder = undefined
    connection.send(request)
  }
}
