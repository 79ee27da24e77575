/** Metadata: the view of one message that filters read and routes, limits, hashes and logs match on. */

/**
 * `heartbeat` asks for a sign of life, `heartbeat-reply` gives it; `drain` is the protocol's request to send
 * nothing more here (Dubbo's read-only event, HTTP/2's GOAWAY); `error` is a reply that reports a failure.
 */
export type MessageKind =
  | 'request'
  | 'oneway'
  | 'response'
  | 'error'
  | 'heartbeat'
  | 'heartbeat-reply'
  | 'drain'
  | 'stream-init'
  | 'stream-data'
  | 'stream-close'

/**
 * Properties are strings decoded when they are asked for. Reading sees what earlier filters recorded: a key that
 * a filter has set reads as set. Keys match as the protocol has it (Dubbo: exactly).
 */
export interface Metadata {
  readonly kind: MessageKind
  /** The protocol's name, such as `dubbo`. */
  readonly protocol: string
  /** The caller's id of the exchange: unsigned decimal for numeric ids, exact to 64 bits; the text otherwise. */
  readonly requestId: string
  readonly streamId: number
  /** `service/method`, or what the protocol calls an operation; empty when it cannot be read. */
  readonly operation: string
  /** The protocol's status on a reply; -1 when the message has none. */
  readonly status: number
  /** Sizes in bytes; `size` is the whole frame. */
  readonly headerSize: number
  readonly bodySize: number
  readonly size: number
  /** The listener's name and the caller's address (`ip:port`, or the socket's path). */
  readonly listener: string
  readonly peer: string
  /**
   * The body as the protocol means it; a view that must not be kept or changed. Of a large one only what is here, where
   * it comes in pieces: see {@link Filter.wholeBodies}.
   */
  readonly body: Buffer
  /**
   * Why a property could not be read, once one was asked for and could not: a sentence for people, such as
   * "serialization 8 (kryo) is not readable". `undefined` while everything asked for was readable.
   */
  readonly problem: string | undefined
  /** The first value of a key; `undefined` when the message does not carry it. */
  get(key: string): string | undefined
  /** Every value of a key, in wire order. */
  getAll(key: string): readonly string[]
  has(key: string): boolean
  /** Every key that {@link get} would answer, in wire order, each once. */
  keys(): readonly string[]
}

/** Where a message came from; the connection that received it answers. */
export interface Origin {
  readonly listener: string
  readonly peer: string
}
