/**
 * Connection: one socket, on either side of the proxy. It batches what is written and flushes it once per turn,
 * counts read-disables, reports watermarks, and closes without losing bytes that were promised. It knows no
 * protocol.
 */
import type { Socket } from 'node:net'
import { ByteWriter } from '../../sdk/index.ts'
import type { ConnectionLimits } from './connection-limits.ts'
import type { FlowSource } from './flow.ts'
import { HandleWire } from './handle-wire.ts'
import { StreamWire } from './stream-wire.ts'
import type { Flushable, Turn } from './turn.ts'
import type { Wire, WireUser } from './wire.ts'

export interface ConnectionHandler {
  onBytes(chunk: Buffer): void
  /** The peer will send no more; it may still read. */
  onHalfClose(): void
  /** The connection is gone, once. `reason` is empty after an orderly end. */
  onClose(reason: string): void
  /** More than the high watermark waits to be written. */
  onHighWatermark(): void
  /** No more than the low watermark waits. */
  onLowWatermark(): void
}

/** A batch of so many bytes is written at once, while the processor still has them at hand. */
const BATCH_BYTES_MAX = 65_536

/** A batch behind bytes that the peer does not take waits as a copy of its size, for it might keep a whole buffer for a byte. */
const WAITING_COPIED_BYTES_MAX = 16_384

/** How long a closed connection is still read, so that the peer receives what was written before the close. */
const LINGER_MS = 1_000

/**
 * open => ending (our side is shut, the peer's bytes are discarded) => closed; open => closed.
 */
type State = 'open' | 'ending' | 'closed'

export class Connection implements Flushable, FlowSource, WireUser {
  /** The batch of this turn. Whoever appends calls {@link Connection.wrote}. */
  readonly out = new ByteWriter()
  readonly localAddress: string
  readonly peer: string
  /** Bytes since the connection began. */
  bytesRead = 0
  readonly #socket: Socket
  readonly #wire: Wire
  readonly #turn: Turn
  readonly #handler: ConnectionHandler
  readonly #limits: ConnectionLimits
  #state: State = 'open'
  #dirty = false
  #endAfterFlush = false
  /** Asked to close, one way or the other. */
  #closing = false
  #readDisables = 0
  #congested = false
  #failure = ''
  /** How much waited at the last sweep, and since when nothing has left. */
  #sweptBytes = 0
  #sweptQueueBytes = 0
  #stalledSinceMs = -1
  #linger: NodeJS.Timeout | undefined = undefined

  constructor(socket: Socket, turn: Turn, handler: ConnectionHandler, limits: ConnectionLimits) {
    this.#socket = socket
    this.#turn = turn
    this.#handler = handler
    this.#limits = limits
    this.localAddress = describe(socket.localAddress, socket.localPort)
    this.peer = describe(socket.remoteAddress, socket.remotePort)
    socket.setNoDelay(true)
    socket.setKeepAlive(limits.keepaliveMs > 0, limits.keepaliveMs)
    this.#wire = HandleWire.open(socket, turn.intake, this) ?? this.#stream()
    socket.on('end', () => this.#peerEnded())
    socket.on('error', (error) => {
      this.#failure = error.message
    })
    socket.on('close', () => this.#closed())
  }

  /** Whether what is appended now still leaves; false from the moment that it was asked to close. */
  get open(): boolean {
    return this.#state === 'open' && !this.#closing
  }

  /** Whether somebody keeps it from being read, so that the peer is not to blame for what does not come. */
  get readDisabled(): boolean {
    return this.#readDisables > 0
  }

  /** Bytes written by us that the system has not taken yet, this turn's batch included. */
  get pendingBytes(): number {
    return this.out.size + this.#wire.waitingBytes
  }

  /** More than the high watermark waited, and it has not fallen to the low one since. */
  get congested(): boolean {
    return this.#congested
  }

  /** Something was appended to {@link out}; it leaves at the end of the turn, or now when it is much. */
  wrote(): void {
    if (this.out.size >= BATCH_BYTES_MAX) this.flush()
    if (this.#dirty) return
    this.#dirty = true
    this.#turn.add(this)
  }

  /** Lends the batch a buffer; called before the first append of a turn, at no cost afterwards. */
  prepare(): ByteWriter {
    if (this.out.buffer.length === 0) this.out.replaceBuffer(this.#turn.borrow())
    return this.out
  }

  flush(): void {
    this.#dirty = false
    if (this.#state === 'closed') return
    if (this.out.size > 0 && this.#state === 'open') this.#write()
    if (this.#endAfterFlush && this.#state === 'open') this.#end()
  }

  readDisable(): void {
    if (this.#state !== 'open') return
    if (this.#readDisables++ === 0) this.#socket.pause()
  }

  readEnable(): void {
    if (this.#state !== 'open') return
    if (--this.#readDisables === 0) this.#socket.resume()
  }

  /** Ends our side once everything appended so far has been written; the peer's further bytes are discarded. */
  closeAfterFlush(): void {
    if (this.#state !== 'open' || this.#endAfterFlush) return
    this.#endAfterFlush = true
    this.#closing = true
    this.wrote()
  }

  /** Drops the connection now. */
  destroy(reason: string): void {
    if (this.#state === 'closed') return
    this.#failure = reason
    this.#closing = true
    this.#socket.destroy()
  }

  /**
   * Looked at regularly by the owner: a peer that takes nothing for the write timeout is dropped.
   */
  sweep(nowMs: number): void {
    const waiting = this.#wire.waitingBytes
    const queueBytes = waiting === 0 ? 0 : this.#wire.queueBytes
    // A batch leaves the stream when all of it has left; how much of it the system took is known below only.
    const moved = waiting < this.#sweptBytes || queueBytes !== this.#sweptQueueBytes
    if (waiting === 0 || moved || this.#stalledSinceMs < 0) {
      this.#stalledSinceMs = waiting === 0 ? -1 : nowMs
    } else if (nowMs - this.#stalledSinceMs > this.#limits.writeTimeoutMs) {
      this.destroy('write timeout')
    }
    this.#sweptBytes = waiting
    this.#sweptQueueBytes = queueBytes
  }

  onChunk(chunk: Buffer): void {
    this.bytesRead += chunk.length
    if (this.#state === 'open' && !this.#endAfterFlush) this.#handler.onBytes(chunk)
  }

  onWritten(): void {
    if (!this.#congested || this.#wire.waitingBytes > this.#limits.lowWatermarkBytes) return
    this.#congested = false
    if (this.#state === 'open') this.#handler.onLowWatermark()
  }

  #stream(): Wire {
    const wire = new StreamWire(this.#socket, this)
    wire.read()
    return wire
  }

  #peerEnded(): void {
    if (this.#state === 'open') this.#handler.onHalfClose()
    else this.#socket.destroySoon()
  }

  #write(): void {
    const wire = this.#wire
    const copied = this.out.size <= WAITING_COPIED_BYTES_MAX && wire.waitingBytes > 0
    wire.write(copied ? [this.out.toBuffer()] : this.out.take())
    const waiting = wire.waitingBytes
    const buffer = this.out.replaceBuffer()
    if (waiting === 0 || copied) this.#turn.giveBack(buffer)
    if (waiting > this.#limits.highWatermarkBytes && !this.#congested) {
      this.#congested = true
      this.#handler.onHighWatermark()
    }
  }

  #end(): void {
    this.#state = 'ending'
    this.#socket.end()
    if (this.#socket.readableEnded) {
      this.#socket.destroySoon()
      return
    }
    this.#readDisables = 0
    this.#socket.resume()
    this.#linger = setTimeout(() => this.#lingered(), LINGER_MS)
    this.#linger.unref()
  }

  /** The peer has not closed its side: what waits for it may still go, within the write timeout. */
  #lingered(): void {
    if (this.#wire.waitingBytes === 0) this.#socket.destroy()
    else this.#linger = setTimeout(() => this.#socket.destroy(), this.#limits.writeTimeoutMs).unref()
  }

  #closed(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    clearTimeout(this.#linger)
    this.#congested = false
    this.#handler.onClose(this.#failure)
  }
}

function describe(address: string | undefined, port: number | undefined): string {
  if (address === undefined) return 'unix'
  // A socket that serves both families shows IPv4 peers as IPv6 (RFC 4291 §2.5.5.2); limits and logs want them as they are.
  if (address.startsWith('::ffff:') && address.includes('.')) return `${address.slice(7)}:${port}`
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
