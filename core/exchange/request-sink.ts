/**
 * RequestSink: takes what a client's bytes are found to say. Requests and their pieces go to the gate, what the client asks of
 * the connection itself is answered here, and what cannot be understood ends the connection once what is in flight is done.
 */
import type { DecoderSink, MalformedCode, Message } from '../../sdk/index.ts'
import type { Connection } from '../net/connection.ts'
import type { ConnectionCodec } from '../upstream/connection-codec.ts'
import type { UnseenBytes } from '../upstream/unseen-bytes.ts'
import type { ClientCareParts } from './client-care.ts'
import type { ClientComplaints } from './client-complaints.ts'
import type { DownstreamOwner } from './downstream-owner.ts'
import type { Liveness } from './liveness.ts'
import type { ReplyWriter } from './reply-writer.ts'
import type { RequestGate } from './request-gate.ts'

/** The connection, as what comes on it sees it. */
export interface SinkClient {
  /** Whether requests are taken. */
  readonly open: boolean
  readonly closed: boolean
  /** Reads no further request and closes when nothing is in flight. */
  finish(): void
  /** All that the client sent before it ended its side has been looked at. */
  onEnded(): void
}

export interface RequestSinkParts extends ClientCareParts {
  readonly unseen: UnseenBytes
  readonly complaints: ClientComplaints
  readonly client: SinkClient
}

export class RequestSink implements DecoderSink {
  readonly #owner: DownstreamOwner
  readonly #connection: Connection
  readonly #calls: ConnectionCodec
  readonly #replies: ReplyWriter
  readonly #gate: RequestGate
  readonly #liveness: Liveness
  readonly #unseen: UnseenBytes
  readonly #complaints: ClientComplaints
  readonly #client: SinkClient

  constructor(parts: RequestSinkParts) {
    this.#owner = parts.owner
    this.#connection = parts.connection
    this.#calls = parts.calls
    this.#replies = parts.replies
    this.#gate = parts.gate
    this.#liveness = parts.liveness
    this.#unseen = parts.unseen
    this.#complaints = parts.complaints
    this.#client = parts.client
  }

  message(message: Message): void {
    // The rest of what comes in pieces is waited for like that of any frame.
    if (message.rest === 0 && message.kind !== 'stream-data') this.#liveness.framed()
    if (!this.#client.open) return
    switch (message.kind) {
      case 'request':
      case 'oneway':
        this.#liveness.used(this.#liveness.readMs)
        if (message.rest === 0) this.#gate.take(message, undefined, undefined)
        else this.#gate.takeBeginning(message)
        return
      case 'stream-data':
      case 'stream-close':
        if (!this.#gate.takePiece(message))
          this.malformed('unexpected', 'a piece of a request came that had not begun')
        return
      case 'heartbeat':
        this.#heartbeat(message)
        return
      case 'heartbeat-reply':
        return
      case 'drain':
        if (this.#calls.codec.encodeDrainReply !== undefined) this.#farewell(message)
        return
      default:
        this.malformed('unexpected', `a caller sent a message of kind ${message.kind}`)
    }
  }

  need(bytes: number): void {
    if (this.#client.closed) return
    this.#liveness.need(bytes)
    if (this.#unseen.seen(this.#calls.unseenBytes)) this.#client.onEnded()
  }

  refused(message: Message, text: string): void {
    this.#liveness.framed()
    if (!this.#client.open) return
    this.#liveness.used(this.#liveness.readMs)
    this.#complaints.refused(text)
    if (this.#gate.refuseRest(text)) return
    if (message.kind === 'request' || message.kind === 'oneway')
      this.#gate.take(message, { kind: 'bad_request', text }, undefined)
  }

  malformed(code: MalformedCode, text: string, refused?: Message): void {
    if (this.#client.closed) return
    this.#complaints.malformed(code, text)
    if (this.#client.open && !this.#gate.refuseRest(text) && refused !== undefined)
      this.#gate.take(refused, { kind: 'bad_request', text }, undefined)
    this.#client.finish()
  }

  // What is done later is made in methods of its own: the arguments of one that makes it are kept for it with every call.
  #heartbeat(message: Message): void {
    this.#liveness.used(this.#liveness.readMs)
    if (this.#replies.passing !== undefined) return
    this.#owner.stats.heartbeats.add(1)
    this.#calls.prepare({ kind: 'heartbeat-reply', heartbeat: message }, () => {
      this.#calls.encodeHeartbeatReply(message, this.#connection.prepare())
      this.#connection.wrote()
    })
  }

  #farewell(message: Message): void {
    this.#calls.prepare({ kind: 'drain-reply', drain: message }, () => {
      this.#gate.take(message, undefined, undefined)
      this.#client.finish()
    })
  }
}
