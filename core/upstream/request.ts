/**
 * UpstreamRequest: what the upstream side sees of an exchange, from being sent to its one answer or failure. The
 * fields marked as the upstream's are written here only; they stand in the request so that sending allocates
 * nothing.
 */
import type { Codec, EncodeProblem, ErrorKind, Message } from '../../sdk/index.ts'
import type { FlowSource } from '../net/flow.ts'
import type { Endpoint } from './endpoint.ts'
import type { Lease } from './lease.ts'
import type { Pool } from './pool.ts'
import type { ReplyBrake } from './reply-brake.ts'
import type { UpstreamConnection } from './upstream-connection.ts'

/** Who holds a request that has been neither answered nor failed. */
export interface RequestHolder {
  /** The caller no longer waits; a reply that still comes is dropped and counted. */
  forget(request: UpstreamRequest): void
  /** The rest of a reply that has begun is not wanted. */
  passOver?(request: UpstreamRequest): void
  /** Sends a piece of the request, whose beginning was sent here; a problem means that nothing was written. */
  sendPiece?(request: UpstreamRequest, piece: Message): EncodeProblem | undefined
}

/** Who let a request in, and is told when it has ended. */
export interface Admission {
  finish(request: UpstreamRequest): void
}

/** The connection that requests came from, as the upstream side sees it. */
export interface RequestSource extends FlowSource {
  /** Whether nothing of it is in flight but the request at hand. */
  readonly alone: boolean
  /** Where its requests were sent last, for protocols that keep them in order; the upstream's. */
  readonly homes: Map<Pool, UpstreamConnection>
  /** The upstream connection that belongs to it alone; written by the upstream when it is made. */
  lease: Lease | undefined
  /** Its own upstream connection has brought what nobody asked for. */
  onUnasked(message: Message): void
  /** Its own upstream connection is gone, and what waited there has failed. */
  onLeaseLost(lease: Lease, reason: string): void
}

export interface UpstreamRequest {
  readonly message: Message
  readonly codec: Codec
  readonly expectsReply: boolean
  /** The connection the request came from, stopped while the upstream cannot take more. */
  readonly source: RequestSource
  /** The upstream's: the id on the wire, who holds it, who admitted it, endpoints tried, and the last one. */
  upstreamId: number
  holder: RequestHolder | undefined
  admission: Admission | undefined
  upstreamEndpoint: Endpoint | undefined
  attempts: number
  /** The error the exchange ended with, once it has. */
  readonly error: ErrorKind | undefined
  endpointAddress: string
  /** The request has been appended to a connection's batch. */
  onSent(): void
  onReply(message: Message): void
  /** The reply begins and goes on in pieces; the brake stops them. */
  onReplyBeginning(message: Message, brake: ReplyBrake): void
  onReplyPiece(piece: Message): void
  onFailure(kind: ErrorKind, text: string): void
}
