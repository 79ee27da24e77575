/**
 * What a codec of weir in JavaScript sees beside `log`, `counter`, `textOf` and `bytesOf` of `weir.d.ts`. For editors: put
 * `/// <reference path="weir-codec.d.ts" />` at the head of the file, or this file beside it with `"checkJs": true`.
 */
/// <reference path="weir.d.ts" />

// biome-ignore lint/style/noNamespace: names for editors, in a file that nothing imports.
declare namespace weir {
  /** A text, bytes, or a list of the numbers of bytes. */
  type Contents = string | Uint8Array | readonly number[]

  /** What `export const codec` says. */
  interface Codec {
    /** How a reply finds its request: by an id, in order, or one at a time. */
    readonly correlation: 'id' | 'fifo' | 'exclusive'
    /** How wide an id that is a number is, 1 to 64; up to 32 it is a number, above a bigint. */
    readonly idBits?: number
    /** Ids are texts. */
    readonly idText?: boolean
    /** Where the id stands in every frame; has to be said where replies are told by ids. */
    readonly idAt?: number
    /** How many bytes it takes there; from `idBits` when it is left out. */
    readonly idSize?: number
    /** The order of its bytes. */
    readonly littleEndian?: boolean
    /** Keys of properties that `encode` can change; true: all. Others are refused before. */
    readonly writes?: readonly string[] | boolean
    /** What every connection begins with: by it alone the protocol is told. */
    readonly magic?: Contents
    readonly frameSizeMax?: number
    readonly sniffBytes?: number
    /** Messages may say that they need a connection of their client's own. */
    readonly affinity?: boolean
    /** What an upstream sends there while nobody waits goes to that client; `affinity` is then meant, too. */
    readonly pushes?: boolean
  }

  type Value = string | number | bigint | boolean | Uint8Array

  /** A frame, as `decode` returns it. */
  interface Frame {
    readonly kind: MessageKind
    readonly id?: number | bigint | string | undefined
    /** Of a reply. */
    readonly status?: number | undefined
    readonly operation?: Value | undefined
    /** In this order. */
    readonly properties?:
      | Readonly<Record<string, Value | readonly Value[]>>
      | readonly (readonly [key: string, value: Value | readonly Value[]])[]
    readonly streamId?: number
    /** Else what was read before the body. */
    readonly headerSize?: number
    /** Of the whole frame; else what was read. */
    readonly size?: number
    /** Where it differs from frame to frame. */
    readonly idAt?: number
    /** Whether the request needs an upstream connection of its client's own, or gives it back; has to be declared. */
    readonly affinity?: 'shared' | 'own' | 'release' | undefined
    /** How long the request itself asks for its reply to be put off at most; `Infinity`: for ever. */
    readonly waitMs?: number | undefined
  }

  /** What `passed()` answers. */
  type Passed = Readonly<Record<never, never>>

  /** Where a byte is missing a read ends the call, and `decode` is begun anew when there is more. */
  interface Reader {
    /** How much of the frame was read. */
    readonly at: number
    /** How much there is that was not. */
    readonly left: number
    readonly direction: 'request' | 'response'
    /** The connection's, in this direction; of at most 4,096 bytes. */
    state: string | undefined
    /** The largest frame. */
    readonly limit: number
    u8(): number
    u16(): number
    u16le(): number
    u24(): number
    u24le(): number
    u32(): number
    u32le(): number
    u64(): bigint
    u64le(): bigint
    i8(): number
    i16(): number
    i16le(): number
    i24(): number
    i24le(): number
    i32(): number
    i32le(): number
    i64(): bigint
    i64le(): bigint
    /** Groups of 7 bits, lowest first; more than 53 bits are malformed. */
    varint(): number
    zigzag(): number
    /** Up to 64 bits. */
    varint64(): bigint
    zigzag64(): bigint
    /** A copy. */
    bytes(size: number | bigint): Uint8Array
    text(size: number | bigint): string
    /** Up to a line feed, without it and a carriage return before it. */
    line(max?: number): string
    /** Bytes that nobody reads. */
    skip(size: number | bigint): void
    /** The body, which need not be there yet. */
    body(size: number | bigint): void
    /** Ends the connection when others stand here. */
    magic(bytes: Contents): void
  }

  /** Every function answers the writer. A number that does not fit its field is a problem of the message. */
  interface Writer {
    /** How much was written. */
    readonly at: number
    u8(value: number): Writer
    u16(value: number): Writer
    u16le(value: number): Writer
    u24(value: number): Writer
    u24le(value: number): Writer
    u32(value: number | bigint): Writer
    u32le(value: number | bigint): Writer
    u64(value: number | bigint): Writer
    u64le(value: number | bigint): Writer
    i8(value: number): Writer
    i16(value: number): Writer
    i16le(value: number): Writer
    i24(value: number): Writer
    i24le(value: number): Writer
    i32(value: number): Writer
    i32le(value: number): Writer
    i64(value: number | bigint): Writer
    i64le(value: number | bigint): Writer
    varint(value: number | bigint): Writer
    zigzag(value: number | bigint): Writer
    varint64(value: number | bigint): Writer
    zigzag64(value: number | bigint): Writer
    bytes(value: Contents): Writer
    text(value: string): Writer
    /** A range of the frame as it came. */
    keep(at: number, size: number): Writer
    /** Over what was written, for lengths that are known later. */
    u8At(at: number, value: number): Writer
    u16At(at: number, value: number): Writer
    u16Atle(at: number, value: number): Writer
    u24At(at: number, value: number): Writer
    u24Atle(at: number, value: number): Writer
    u32At(at: number, value: number): Writer
    u32Atle(at: number, value: number): Writer
  }

  /** Properties, with the edits. */
  interface Carried {
    readonly properties: readonly (readonly [key: string, value: string])[]
    get(key: string): string | undefined
    getAll(key: string): string[]
    has(key: string): boolean
    /** The one whole number of a property; anything else is a problem of the message. */
    number(key: string, least?: number, most?: number): number
  }

  /** What is to be written, or the request that is answered: then without properties where a filter replies. */
  interface Outgoing extends Carried {
    readonly kind: MessageKind
    readonly direction: 'request' | 'response'
    /** The id to write; with more than 32 bits a bigint. */
    readonly id: number | bigint | string
    readonly status: number
    readonly operation: string
    readonly streamId: number
    readonly headerSize: number
    readonly size: number
    /** The frame as it came; of a request that is answered its beginning, at most 4,096 bytes. */
    readonly bytes: Uint8Array
    readonly body: Uint8Array
  }

  interface Edits {
    readonly edits: readonly {
      readonly op: 'set' | 'add' | 'remove'
      readonly key: string
      readonly value: string
    }[]
    readonly body: Uint8Array | undefined
  }

  interface Reply extends Carried {
    readonly body: Uint8Array | undefined
  }

  /** A sentence says why it cannot be written. */
  // biome-ignore lint/suspicious/noConfusingVoidType: it may return nothing at all.
  type Problem = string | undefined | void

  /** What `decodeChunk` tells, frame by frame, with the size of each. */
  interface Sink {
    message(
      given: Frame & { readonly size: number; readonly bodyAt?: number; readonly bodySize?: number },
    ): void
    refused(
      text: string,
      given: Frame & { readonly size: number; readonly bodyAt?: number; readonly bodySize?: number },
    ): void
    /** So many bytes are no message, a greeting for example. */
    passed(bytes: number): void
    /** So many bytes from here on have to be there; 0: more. */
    need(bytes: number): void
    malformed(code: MalformedCode, text?: string): never
    readonly direction: 'request' | 'response'
    readonly limit: number
    state: string | undefined
  }

  type MalformedCode = 'magic' | 'version' | 'frame_size' | 'header' | 'body' | 'checksum' | 'unexpected'

  type Decode = (r: Reader) => Frame | Passed
  /** Instead of `decode`. */
  type DecodeChunk = (bytes: Uint8Array, sink: Sink) => void
  type Encode = (message: Outgoing, mutation: Edits, w: Writer) => Problem
  type EncodeError = (
    request: Outgoing,
    error: { readonly kind: ErrorKind; readonly text: string },
    w: Writer,
  ) => void
  type EncodeReply = (request: Outgoing, reply: Reply, w: Writer) => Problem
  type EncodeHeartbeat = (id: number | bigint | string, w: Writer) => void
  type EncodeHeartbeatReply = (heartbeat: Outgoing, w: Writer) => void
  type EncodeDrain = (w: Writer) => void
  type EncodeDrainReply = (drain: Outgoing, w: Writer) => void
  /** What a connection of a caller (`request`) or to an upstream begins with; asked once, when the codec is loaded. */
  type EncodePreface = (direction: 'request' | 'response', w: Writer) => void
}

declare function message(given: weir.Frame): weir.Frame
/** A frame that is not taken; its caller is told the text, and what is behind it is read on. */
declare function refused(text: string, given: weir.Frame): weir.Frame
/** What was read is no message, a greeting for example. Goes with `encodePreface`. */
declare function passed(): weir.Passed
/** Nothing behind this can be understood: the connection ends. Does not return. */
declare function malformed(code: weir.MalformedCode, text?: string): never
/** A reader of bytes that are all there. */
declare function reader(bytes: weir.Contents): weir.Reader
declare function crc32(bytes: weir.Contents): number
declare function adler32(bytes: weir.Contents): number
declare function fnv1a(bytes: weir.Contents): number
