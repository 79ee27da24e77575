/**
 * Pool: the connections of one worker to one endpoint for one protocol. Requests share connections as far as the
 * protocol allows; another connection is dialled when those there are busy, up to a limit, and requests wait for
 * a dial in a queue with a limit.
 */
import type { Codec } from '../../sdk/index.ts'
import type { Address } from '../net/address.ts'
import { type ConnectionLimits, connectionLimits } from '../net/connection-limits.ts'
import { type Dial, dial } from '../net/dial.ts'
import type { Runtime } from '../net/runtime.ts'
import type { ClusterStats } from './cluster-stats.ts'
import type { ClusterOptions } from './options.ts'
import { OwnConnections } from './own-connections.ts'
import type { RequestHolder, UpstreamRequest } from './request.ts'
import { UpstreamConnection } from './upstream-connection.ts'
import type { UpstreamOwner } from './upstream-owner.ts'

/** No option allows so many exchanges on a connection. */
const ID_BITS_ENOUGH = 21

/** What a pool tells its endpoint. */
export interface PoolOwner {
  readonly address: string
  readonly target: Address
  readonly options: ClusterOptions
  readonly stats: ClusterStats
  readonly runtime: Runtime
  /** Dialling may be tried now; false while the endpoint is left alone after failures. */
  readonly mayDial: boolean
  /** A request is sent on a connection that is there already. */
  begin(request: UpstreamRequest): void
  onConnected(): void
  /** A dial failed; these waited for it and have not been sent. */
  onDialFailed(reason: string, waiting: readonly UpstreamRequest[]): void
  onDrain(): void
  onAlive(): void
  /** `silent`: the endpoint ended it before it had sent anything. */
  onConnectionClosed(silent: boolean): void
}

export class Pool implements UpstreamOwner, RequestHolder {
  readonly codec: Codec
  readonly #owner: PoolOwner
  readonly #limits: ConnectionLimits
  #connections: UpstreamConnection[] = []
  #dials: Dial[] = []
  #pending: UpstreamRequest[] = []
  #closing = false
  readonly onUnasked = undefined
  readonly #own: OwnConnections

  constructor(codec: Codec, owner: PoolOwner) {
    this.codec = codec
    this.#owner = owner
    this.#limits = connectionLimits(owner.options)
    this.#own = new OwnConnections(codec, owner, this.#limits)
  }

  get address(): string {
    return this.#owner.address
  }

  get options(): ClusterOptions {
    return this.#owner.options
  }

  get stats(): ClusterStats {
    return this.#owner.stats
  }

  get runtime(): Runtime {
    return this.#owner.runtime
  }

  get connectionsCount(): number {
    return this.#connections.length + this.#own.connectionsCount
  }

  get pendingCount(): number {
    return this.#pending.length + this.#own.pendingCount
  }

  get wanted(): boolean {
    return this.#pending.length > 0
  }

  /** Bytes that wait to be written to the endpoint, or for clients that take replies from it in pieces. */
  get waitingBytes(): number {
    return this.#connections.reduce(
      (sum, connection) => sum + connection.waitingBytes,
      this.#own.waitingBytes,
    )
  }

  /** Connections that were told to take nothing new and are still open. */
  get drainingCount(): number {
    return this.#connections.filter((connection) => connection.draining).length + this.#own.drainingCount
  }

  /** Its codec was replaced and no client speaks it any more. */
  get unused(): boolean {
    const { life } = this.codec
    return life?.replaced === true && life.connections === 0
  }

  /** Nothing is open here, and nothing is under way. */
  get empty(): boolean {
    return this.#connections.length === 0 && this.#dials.length === 0 && this.#pending.length === 0
  }

  /** Requests that wait for a reply or for a connection. */
  get active(): number {
    return this.#connections.reduce((sum, connection) => sum + connection.waiting, this.#pending.length)
  }

  send(request: UpstreamRequest): void {
    if (request.message.affinity !== 'shared') {
      this.#own.begin(request)
      return
    }
    const connection = this.#pick(request)
    const mustWait =
      connection === undefined || (this.codec.correlation === 'exclusive' && connection.waiting > 0)
    if (mustWait || connection.waiting >= this.#room() || connection.delayed)
      this.#grow(mustWait ? this.#pending.length + 1 : 0)
    if (mustWait) this.#wait(request)
    else this.#dispatch(connection, request)
  }

  forget(request: UpstreamRequest): void {
    const place = this.#pending.indexOf(request)
    if (place >= 0) this.#pending.splice(place, 1)
    if (this.#closing && this.#pending.length === 0) this.#cancelDials()
  }

  /** Sends nothing new and closes each connection when nothing waits on it. */
  close(reason: string): void {
    this.#closing = true
    for (const connection of [...this.#connections]) connection.drain(reason)
    this.#own.close(reason)
    if (this.#pending.length === 0) this.#cancelDials()
  }

  sweep(nowMs: number): void {
    for (const connection of [...this.#connections]) connection.sweep(nowMs)
    this.#own.sweep(nowMs)
  }

  onRoom(connection: UpstreamConnection): void {
    // More than one when those that are sent wait for no reply or cannot be written: nothing else would ask again.
    while (this.#pending.length > 0 && this.#invites(connection) && connection.waiting < this.#room()) {
      const request = this.#pending.shift()
      if (request !== undefined) this.#dispatch(connection, request)
    }
  }

  onDrain(): void {
    this.#owner.onDrain()
  }

  onAlive(): void {
    this.#owner.onAlive()
  }

  onClosed(connection: UpstreamConnection): void {
    this.#connections = this.#connections.filter((other) => other !== connection)
    this.stats.connectionsActive.add(-1)
    this.#owner.onConnectionClosed(connection.diedSilent)
    if (this.#pending.length === 0 || this.#leastBusy() !== undefined) return
    this.#grow(this.#pending.length)
    if (this.#connections.length === 0 && this.#dials.length === 0) this.#failPending()
  }

  /** Requests that a connection takes before another is dialled. */
  #room(): number {
    const { correlation, idBits } = this.codec
    const wished = this.options['exchanges-per-connection']
    if (correlation === 'exclusive') return 1
    // As many as there are ids.
    return correlation === 'id' && idBits < ID_BITS_ENOUGH ? Math.min(wished, 2 ** idBits) : wished
  }

  /** Whether a request may be sent there, as far as its ids go. */
  #takes(connection: UpstreamConnection): boolean {
    return connection.usable && !connection.full
  }

  /** The same, for clients that have nothing in flight there: a reply that is not taken holds up those behind it. */
  #invites(connection: UpstreamConnection): boolean {
    return this.#takes(connection) && !connection.stopped
  }

  /**
   * Where replies are told by their order, what one client has in flight stays on one connection, so that it is done in
   * the order in which it was sent.
   */
  #pick(request: UpstreamRequest): UpstreamConnection | undefined {
    const { source } = request
    if (this.codec.correlation !== 'fifo' || source.alone) return this.#leastBusy()
    const home = source.homes.get(this)
    return home !== undefined && this.#takes(home) ? home : this.#leastBusy()
  }

  /** The connection on which the fewest requests wait, of those that take another; one where a large reply comes is the last. */
  #leastBusy(): UpstreamConnection | undefined {
    let best: UpstreamConnection | undefined
    for (const connection of this.#connections) {
      if (!this.#invites(connection)) continue
      if (best === undefined || isBusier(best, connection)) best = connection
    }
    return best
  }

  #wait(request: UpstreamRequest): void {
    if (this.#connections.length === 0 && this.#dials.length === 0) {
      request.onFailure('no_healthy_upstream', `${this.address} is left alone after failed dials`)
    } else if (this.#pending.length >= this.options['pending-max']) {
      this.stats.overflows.add(1)
      request.onFailure('overloaded', `too many requests wait for a connection to ${this.address}`)
    } else {
      request.holder = this
      this.#pending.push(request)
    }
  }

  /** Dials once more when the dials under way would not serve so many who wait; 0 asks for relief only. */
  #grow(waiting: number): void {
    const count = this.#connections.length + this.#dials.length
    const wanted = Math.max(1, Math.ceil(waiting / this.#room()))
    if (count >= this.options['connections-max'] || this.#dials.length >= wanted || !this.#owner.mayDial)
      return
    const attempt = dial(this.#owner.target, this.options['connect-timeout'], {
      onConnect: (socket) => {
        this.runtime.clock.refresh()
        this.#dials = this.#dials.filter((other) => other !== attempt)
        const connection = new UpstreamConnection(socket, this, this.#limits)
        this.#connections.push(connection)
        this.stats.connects.add(1)
        this.stats.connectionsActive.add(1)
        this.#owner.onConnected()
        this.#feed(connection)
        if (this.#closing) connection.drain('no longer used')
      },
      onFailure: (reason) => {
        this.runtime.clock.refresh()
        this.#dials = this.#dials.filter((other) => other !== attempt)
        this.stats.connectFailures.add(1)
        this.#dialFailed(reason)
      },
    })
    this.#dials.push(attempt)
  }

  #feed(connection: UpstreamConnection): void {
    if (this.codec.correlation === 'exclusive') {
      this.onRoom(connection)
      return
    }
    while (this.#pending.length > 0 && this.#takes(connection)) {
      const request = this.#pending.shift()
      if (request !== undefined) this.#dispatch(connection, request)
    }
  }

  #dispatch(connection: UpstreamConnection, request: UpstreamRequest): void {
    request.holder = undefined
    if (this.codec.correlation === 'fifo') request.source.homes.set(this, connection)
    connection.send(request)
  }

  #failPending(): void {
    for (const request of this.#pending.splice(0)) {
      request.holder = undefined
      request.onFailure('upstream_reset', `the last connection to ${this.address} is lost`)
    }
  }

  #cancelDials(): void {
    for (const attempt of this.#dials.splice(0)) attempt.cancel()
  }

  /** Those who wait go on waiting while another connection or dial may still serve them. */
  #dialFailed(reason: string): void {
    const hopeless = this.#connections.length === 0 && this.#dials.length === 0
    const waiting = hopeless ? this.#pending.splice(0) : []
    for (const request of waiting) request.holder = undefined
    this.#owner.onDialFailed(reason, waiting)
  }
}

function isBusier(one: UpstreamConnection, other: UpstreamConnection): boolean {
  return one.delayed === other.delayed ? one.waiting > other.waiting : one.delayed
}
