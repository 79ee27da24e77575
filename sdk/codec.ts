/**
 * Codec: bytes ↔ messages of one protocol. It does no I/O, keeps no exchange, and never throws on what a peer
 * sends. One codec serves a worker; the state of a half-received frame lives in a decoder, one per connection
 * and direction.
 */
import type { ByteWriter } from './bytes.ts'
import type { LocalError } from './errors.ts'
import type { FrameField } from './frame-field.ts'
import type { Message, PropertyReader } from './message.ts'

/** From whom the bytes come: `request` from a downstream, `response` from an upstream. */
export type Direction = 'request' | 'response'

/**
 * How a reply finds its request: `id`, the reply carries the request's id and many exchanges share a connection;
 * `fifo`, replies come in the order of the requests; `exclusive`, one exchange at a time on a connection.
 */
export type Correlation = 'id' | 'fifo' | 'exclusive'

/** What first bytes tell: surely this protocol, surely not, or too few to say. */
export type Sniff = 'yes' | 'no' | 'more'

/** Why a connection is finished. Stats carry the code; the text beside it is for people. */
export type MalformedCode = 'magic' | 'version' | 'frame_size' | 'header' | 'body' | 'checksum' | 'unexpected'

export interface FrameLimits {
  /** The largest body accepted (what follows the fixed header), in bytes. */
  readonly bodyBytesMax: number
  /**
   * Whoever takes the messages takes them in pieces, too ({@link Message.rest}): a body of more than so many bytes need
   * not be whole before its message is pushed. Absent: all are. A decoder may always push whole messages.
   */
  readonly piecesFromBytes?: number | undefined
}

/** Where a decoder puts what it finds, in wire order. It may be called during `decode` or later, never both at once. */
export interface DecoderSink {
  /**
   * A whole message, or the beginning of one, which {@link Message.rest} tells. Behind a beginning come its pieces as they
   * are received, messages of kind `stream-data`, the last of kind `stream-close`, and nothing else meanwhile but `need`.
   * All of them joined are the frame, and what is noted on the beginning holds for it; a piece has the status of its reply.
   * `refused` in their place says that the rest is not taken.
   */
  message(message: Message): void
  /**
   * At least this many more bytes are missing before the next frame is whole; 0 when nothing is begun. Told once for
   * each chunk, when everything in it has been looked at.
   */
  need(bytes: number): void
  /**
   * One frame is not taken, for example because it is too large, and the decoder skips it: what is behind it comes as
   * usual. `message` is its header; its caller is told the text.
   */
  refused(message: Message, text: string): void
  /**
   * The stream cannot be understood any further and the connection is finished. `refused` is the frame when its
   * header could be read and its sender waits for an answer.
   */
  malformed(code: MalformedCode, text: string, refused?: Message): void
}

export interface Decoder {
  /**
   * Decodes every whole frame in what was received so far and keeps the rest. The chunk belongs to the decoder
   * and its messages from now on. Never called again after `malformed`.
   */
  decode(chunk: Buffer, sink: DecoderSink): void
  /** Bytes that are held: those of an incomplete frame, and those that were not looked at yet. */
  readonly pendingBytes: number
  /**
   * Of these, bytes that were not looked at yet, because the decoder works elsewhere and pushes later; absent where
   * everything is pushed before `decode` returns. While it is much the connection is read no further, and a peer that
   * has ended its side is waited for until it is 0.
   */
  readonly unseenBytes?: number
  /** The connection has ended: what the decoder holds is let go of, and nothing is pushed any more. Called once. */
  close?(): void
}

/** A reply that a filter makes itself: written like a message of the protocol, as far as the protocol can say it. */
export interface LocalReply {
  readonly properties: readonly (readonly [key: string, value: string])[]
  readonly body: Buffer | undefined
  /** It says what the request says. A codec that can write that more exactly than from properties and body does so. */
  readonly echo?: boolean
}

/**
 * Tells replies from what an upstream sends unasked, on one connection that belongs to one client. It may keep what it
 * has seen, for it is asked about every message that comes there, in order.
 */
export interface ReplySorter {
  /**
   * `oldest` is the request whose reply is due next; `undefined` when none is, or when its caller has given up, which
   * `abandoned` says.
   */
  unasked(message: Message, oldest: Message | undefined, abandoned: boolean): boolean
}

/** Why a message could not be written with its mutation: a sentence that names the key. */
export type EncodeProblem = string

/** What the proxy keeps about a codec that may be replaced while connections speak it. */
export interface CodecLife {
  /** For figures: tells the versions of a codec apart. */
  readonly version: string
  /** New connections get another one. */
  replaced: boolean
  /** Connections of clients that speak it. */
  connections: number
  /** Connections on both sides that may ask it something. */
  users: number
  /** It was replaced, and nobody will ask it anything any more. */
  end(): void
}

/** What is about to be written; each is told apart by the object that its encode will be given. */
export type Writing =
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'error'; readonly request: Message; readonly error: LocalError }
  | { readonly kind: 'reply'; readonly request: Message; readonly reply: LocalReply }
  | { readonly kind: 'heartbeat-reply'; readonly heartbeat: Message }
  | { readonly kind: 'drain-reply'; readonly drain: Message }

export interface Codec {
  readonly name: string
  /** Absent for codecs that stay as long as the proxy runs. */
  life?: CodecLife
  readonly correlation: Correlation
  /** How many bits of the id the wire carries, 0 to 64; fresh ids stay within them. */
  readonly idBits: number
  /**
   * Ids are texts: messages carry {@link Message.idText}, and a fresh id is a number within `idBits` written in decimal
   * digits; a reply may carry it with zeros in front.
   */
  readonly textIds?: boolean
  readonly reader: PropertyReader
  /** Tells whether a connection that begins with these bytes speaks this protocol; absent when it cannot tell. */
  sniff?(bytes: Buffer): Sniff
  createDecoder(direction: Direction, limits: FrameLimits): Decoder
  /**
   * For a codec that works elsewhere and cannot write at once; absent for all others. True when this can be written
   * now; else it can when `done` is called: later, once, and within a time that the codec bounds.
   */
  prepare?(writing: Writing, done: () => void): boolean
  /**
   * Appends the message under another id, with its mutation applied and every length fixed. Nothing is appended
   * when a problem is answered. An unmutated message is appended as it came, its id patched in place. `idText` is
   * the id where ids are texts, and `idHigh` and `idLow` are 0 then. Of a message in pieces the beginning is encoded first,
   * then each piece, without an id; a beginning whose body was replaced is written with all of it, and its pieces are not.
   */
  encode(
    message: Message,
    idHigh: number,
    idLow: number,
    out: ByteWriter,
    idText?: string,
  ): EncodeProblem | undefined
  /** Appends a reply to `request`, under the request's own id, that the protocol's own clients understand. */
  encodeError(request: Message, error: LocalError, out: ByteWriter): void
  /** Appends a reply that a filter made; absent when the protocol has no such thing. */
  encodeReply?(request: Message, reply: LocalReply, out: ByteWriter): EncodeProblem | undefined
  /**
   * Appends what a filter replies to a message that waits for no reply, as one with which a connection begins; absent
   * when its sender would not know what to do with it, and then such a reply goes nowhere.
   */
  encodeOnewayReply?(oneway: Message, reply: LocalReply, out: ByteWriter): EncodeProblem | undefined
  /** Appends a sign of life that asks for an answer, under an id of our own; `0` where ids are texts. */
  encodeHeartbeat?(idHigh: number, idLow: number, out: ByteWriter): void
  /** Appends the answer to a heartbeat. */
  encodeHeartbeatReply?(heartbeat: Message, out: ByteWriter): void
  /**
   * Appends the signal that asks the clients of this connection to send nothing more here; absent when the
   * protocol has none, or when its clients fare better without it.
   */
  encodeDrain?(out: ByteWriter): void
  /** What the bytes of a message are, for people who look at them; never asked for where traffic flows. */
  describe?(message: Message): readonly FrameField[]
  /**
   * Appends the answer to a client that says it will send nothing more (a `drain` of a caller), behind all other
   * replies; the connection is closed then. Absent where such a message of a caller means nothing.
   */
  encodeDrainReply?(drain: Message, out: ByteWriter): void
  /** Appends what a connection begins with on our side, before anything was received there. */
  encodePreface?(direction: Direction, out: ByteWriter): void
  /**
   * For upstream connections that belong to one client, which are those of requests whose {@link Message.affinity} is
   * not `shared`. What is unasked goes on to that client at once, past the filters. Absent where all are replies.
   */
  createReplySorter?(): ReplySorter
}
