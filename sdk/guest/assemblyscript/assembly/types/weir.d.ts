/**
 * What the kit for AssemblyScript has, for editors; the sources say the same, and the compiler reads those.
 */

declare module 'weir/answer' {
  export class Answer {
    constructor(room: usize);
    reset(): void;
    /** The list, whole; 0 when nothing was said. */
    finish(): usize;
    begin(code: u32, arg: u32, handle: u32): void;
    /** Sets the size of the operation and goes to the next multiple of 4, with zeros. */
    end(): void;
    u32(value: u32): void;
    /** A text with its size before it. */
    sized(text: string): void;
    text(text: string): void;
    bytes(at: usize, size: i32): void;
    /** A text, bytes, or a number in decimal digits. */
    value<T>(value: T): void;
    /** Room for so many bytes, which are written at once. */
    room(size: usize): usize;
    get size(): u32;
    /** Where something is that stands so far behind the beginning. */
    place(offset: u32): usize;
    /** Forgets everything behind a size. */
    cut(size: u32): void;
    /** Takes over everything that another has. */
    take(other: Answer): void;
  }
  export const answer: Answer;
  /** The verdict that was made last. */
  export const verdictSaid: Answer;
}

declare module 'weir/bytes' {
  /**
   * Bytes: a view of bytes that lie in memory, such as a value of a message. Nothing is copied or made into a string until
   * it is asked for. A view of a message holds until the handler returns: keep `toString()`, not the view.
   */
  export class Bytes {
    /** Where the bytes are, and how many. */
    at: usize;
    size: i32;
    /** The UTF-8 of a text, in memory of its own. */
    static of(text: string): Bytes;
    static from(buffer: ArrayBuffer): Bytes;
    /** A byte. */
    [key: number]: u8;
    /** Whether the bytes are this text, compared in place. */
    is(text: string): bool;
    startsWith(text: string): bool;
    equals(other: Bytes): bool;
    /** The bytes from `start` to `end`, or to the last. */
    slice(start: i32, end?: i32): Bytes;
    /** The number that stands here in decimal digits; `otherwise` when there are others, or none. */
    toNumber(otherwise?: f64): f64;
    /** Whether a whole number stands here in decimal digits, from `least` to `most`. */
    isInteger(least?: i64, most?: i64): bool;
    /** The whole number that stands here; only after `isInteger`. */
    toInteger(): i64;
    /** As a string; what is no UTF-8 becomes U+FFFD there, and stays as it is in the view. */
    toString(): string;
  }
  /** A view out of the pool. */
  export function view(at: usize, size: i32): Bytes;
  /** Copies: a few bytes one by one, which is quicker than asking the engine to do it. */
  export function copy(to: usize, from: usize, size: usize): void;
  /** A call is over: its views may be used again. */
  export function forgetViews(): void;
  /** Bytes of a text in UTF-8. */
  export function sizeOf(text: string): i32;
}

declare module 'weir/checksum' {
  /** Checksums of bytes: crc32 as zip has it, adler32, and fnv1a, which also makes a stable hash of a caller. */
  import { Bytes } from 'weir/bytes';
  export function crc32(bytes: Bytes, before?: u32): u32;
  export function adler32(bytes: Bytes): u32;
  export function fnv1a(bytes: Bytes): u32;
}

declare module 'weir/codec' {
  import { Bytes } from 'weir/bytes';
  import { Frame } from 'weir/frame';
  import { Malformed } from 'weir/malformed';
  import { LocalError, Outgoing } from 'weir/outgoing';
  import { Reader } from 'weir/reader';
  import { Writer } from 'weir/writer';
  export { Bytes } from 'weir/bytes';
  export { adler32, crc32, fnv1a } from 'weir/checksum';
  export { Config } from 'weir/config';
  export { Affinity, FOR_EVER, Frame, malformed, message, passed, refused } from 'weir/frame';
  export { counter, log } from 'weir/host';
  export { Malformed } from 'weir/malformed';
  export { Kind } from 'weir/metadata';
  export { LocalError, Outgoing, Property } from 'weir/outgoing';
  export { Reader } from 'weir/reader';
  export { Fault } from 'weir/verdict';
  export { Writer } from 'weir/writer';
  export enum Correlation {
    /** Replies carry the id of their request: many exchanges share a connection. */
    Id = 1,
    /** Replies come in the order of the requests. */
    InOrder = 2,
    /** One exchange at a time has a connection. */
    Exclusive = 3
  }
  export enum Sniff {
    Yes = 1,
    No = 2,
    More = 3
  }
  /** What a codec declares; what is left out is as it stands here. */
  export class Declaration {
    correlation?: Correlation;
    /** How many bits the id has; of a text, how large a number it may hold. 0 without ids. */
    idBits?: i32;
    idText?: bool;
    /** Where the id stands in every frame, and how many bytes it takes there. */
    idAt?: i32;
    idSize?: i32;
    littleEndian?: bool;
    /** Keys that `encode` can change. */
    writes?: string[];
    writesAll?: bool;
    /** Bytes that every connection begins with. */
    magic?: string;
    frameSizeMax?: i32;
    sniffBytes?: i32;
    /** Messages may say that they need a connection of their client's own. */
    affinity?: bool;
    /** What an upstream sends there while nobody waits goes to that client; affinity is then meant, too. */
    pushes?: bool;
  }
  /** Declares the codec; once, at the top. */
  export function codec(declaration: Declaration): void;
  /** What is known about this connection and direction from the next frame on; in `decode`. */
  export function setState(value: Bytes): void;
  /** For the kit, as everything below: says what was declared; the bits tell which handlers there are. */
  export function declareCodec(handlers: u32): void;
  export function openCodec(size: u32): Outgoing;
  export function errorOf(): LocalError;
  export function writing(): Writer;
  export function wrote(): void;
  /** A side that begins with nothing says nothing. */
  export function wrotePreface(): void;
  /** What was written is forgotten when a sentence says why it cannot be. */
  export function wroteUnless(why: string | null): void;
  export function sniffed(verdict: Sniff): void;
  export function firstBytes(): Bytes;
  /** What `decodeChunk` tells: frame after frame, each beginning where the one before ended. */
  export class Sink {
    /** Whether a caller sent this, and no upstream. */
    request: bool;
    /** The largest frame that is taken. */
    limit: u32;
    /** What is known about this connection and direction. */
    state: Bytes;
    /** For the kit. */
    begin(bytes: Bytes): Sink;
    /** A frame that says its `size` and `headerSize`, and where its body is when that is not all behind the header. */
    message(frame: Frame, bodyAt?: i32, bodySize?: u32): void;
    /** So many bytes are no message, a greeting for example. */
    passed(size: u32): void;
    /** So many bytes from here on have to be there; 0: more. */
    need(size: u32): void;
    malformed(code: Malformed, why: string): void;
    setState(value: Bytes): void;
  }
  /** Shows everything that is there. */
  export function decodeChunks(decodeChunk: (bytes: Bytes, sink: Sink) => void): void;
  /** Decodes frame after frame, until a byte is missing or nothing is left. */
  export function decodeAll(decode: (r: Reader) => Frame): void;
}

declare module 'weir/config' {
  export class Config {
    constructor(at: usize, end: usize);
    /** The text under a key, or the number or word as it is written; null when there is none. */
    get(key: string): string | null;
    number(key: string, otherwise: f64): f64;
    flag(key: string, otherwise: bool): bool;
    has(key: string): bool;
    /** The object under a key. */
    object(key: string): Config | null;
    /** The items under a key; none when there is no list. */
    list(key: string): Config[];
    keys(): string[];
    /** The text itself, or what stands in the JSON. */
    toString(): string;
  }
}

declare module 'weir/frame' {
  import { Malformed } from 'weir/malformed';
  import { Kind } from 'weir/metadata';
  /** Whether a request needs an upstream connection of its client's own. */
  export enum Affinity {
    Shared = 0,
    Own = 1,
    /** Gives the connection back. */
    Release = 2
  }
  /** For `waitMs`: the reply may be put off for as long as it takes. */
  export const FOR_EVER: u32;
  export class Frame {
    reset(code: u32, arg: u32): Frame;
    id(value: u64): Frame;
    /** Where in the frame the id stands, where that differs from frame to frame. */
    idAtByte(at: u32): Frame;
    /** The id where it is a text. */
    idText<T>(value: T): Frame;
    status(value: i32): Frame;
    operation<T>(value: T): Frame;
    /** Appends a property; a view of the frame is not copied. */
    property<K, V>(key: K, value: V): Frame;
    /** The request needs a connection of its client's own, or gives it back. */
    affinity(value: Affinity): Frame;
    /** How long the request itself asks for its reply to be put off at most. */
    waitMs(value: u32): Frame;
    streamId(value: u32): Frame;
    /** Left out, what was read before the body. */
    headerSize(value: i32): Frame;
    /** Left out, what was read. */
    size(value: i32): Frame;
    /** For the kit: the text of what is refused or malformed. */
    because(text: string): Frame;
    /** For the kit: writes the operation, and answers how long the frame is; 0 when there is none after it. */
    write(): i32;
  }
  /** A frame that was understood. */
  export function message(kind: Kind): Frame;
  /** One that is understood and not taken: its sender is told why, and what is behind it comes as usual. */
  export function refused(kind: Kind, why: string): Frame;
  /** What was read is no message, a greeting for example. Goes with `encodePreface`. */
  export function passed(): Frame;
  /** The connection cannot be understood any further. */
  export function malformed(code: Malformed, why: string): Frame;
}

declare module 'weir/host' {
  import { Bytes } from 'weir/bytes';
  export class log {
    static debug(text: string): void;
    static info(text: string): void;
    static warn(text: string): void;
    static error(text: string): void;
  }
  /** Adds to one of the plugin's counters; names are like `calls_refused`. */
  export function counter(name: string, by?: u32): void;
  /** Milliseconds since 1970. Needs the grant `clock`. */
  export function now(): f64;
  /** A number from 0 to under 1. Needs the grant `random`. */
  export function random(): f64;
  /** What all workers share. Needs the grant `key-value`. A time to live of 0 keeps a value. */
  export class store {
    static get(key: string): Bytes | null;
    /** False when the store is full. */
    static set(key: string, value: string, ttlMs?: u32): bool;
    static delete(key: string): void;
    /** Stores the value if what is there is what was expected; null expects nothing. */
    static cas(key: string, expected: Bytes | null, value: string, ttlMs?: u32): bool;
    /** Adds to a number and answers the sum; NaN when what is there is no number, or the store is full. */
    static add(key: string, by?: f64, ttlMs?: u32): f64;
  }
}

declare module 'weir' {
  /** What a filter imports from 'weir'. */
  export { Bytes } from 'weir/bytes';
  export { adler32, crc32, fnv1a } from 'weir/checksum';
  export { Config } from 'weir/config';
  export { counter, log, now, random, store } from 'weir/host';
  export { reads, readsAll, readsBodies } from 'weir/keys';
  export { Message } from 'weir/message';
  export { Kind, Metadata } from 'weir/metadata';
  export { Mutation } from 'weir/mutation';
  export { Outcome, Result } from 'weir/outcome';
  export { Reason, Resume } from 'weir/resume';
  export { call, Fault, forward, pause, reply, replyError, Verdict } from 'weir/verdict';
}

declare module 'weir/keys' {
  export const NO_SLOT: u32;
  /**
   * Declares a key that the source does not name in `get('key')`, such as one that is configured. In onConfigure.
   */
  export function reads(key: string): void;
  /** Declares that every key is read; needs the grant `all-keys`. In onConfigure. */
  export function readsAll(): void;
  /** Declares that bodies are read, those of frames of streams too; needs the grant `bodies`. In onConfigure. */
  export function readsBodies(): void;
  export enum Want {
    RequestBody = 1,
    ResponseBody = 2,
    RequestWithResponse = 4,
    Operation = 8,
    RouteConfig = 16,
    StreamBody = 32
  }
  export function wants(bits: u32): void;
  /** The same text in the source is the same string, so that nearly always a pointer is compared, not a text. */
  export function slotOf(key: string): u32;
}

declare module 'weir/malformed' {
  /** Malformed: why a connection cannot be understood any further. */
  export enum Malformed {
    Magic = 1,
    Version = 2,
    FrameSize = 3,
    Header = 4,
    Body = 5,
    Checksum = 6,
    Unexpected = 7
  }
}

declare module 'weir/message' {
  /** Message: one that the filter makes itself, to answer a caller or to ask a cluster. */
  import { Answer } from 'weir/answer';
  export class Message {
    /** Appends a value, a text, bytes or a number. */
    add<T>(key: string, value: T): Message;
    body<T>(value: T): Message;
    /** For the kit. */
    write(to: Answer): void;
  }
}

declare module 'weir/metadata' {
  /** Metadata: a message, as it is when the handler is called. Read it while the message is handled, not later. */
  import { Bytes } from 'weir/bytes';
  export enum Kind {
    Request = 1,
    Oneway = 2,
    Response = 3,
    Error = 4,
    Heartbeat = 5,
    HeartbeatReply = 6,
    Drain = 7,
    StreamInit = 8,
    StreamData = 9,
    StreamClose = 10
  }
  export class Metadata {
    /** Looks at another record; for the kit. */
    show(record: usize, named: bool): Metadata;
    /** The first value of a key; null when the message does not carry it. */
    get(key: string): Bytes | null;
    /** Every value of a key, in order. */
    getAll(key: string): Bytes[];
    /** Whether the first value of a key is this text, compared in place. */
    is(key: string, text: string): bool;
    has(key: string): bool;
    /** Every key that is here: those that were declared, or all after `readsAll()`. */
    keys(): Bytes[];
    /** The number of the configuration that holds: 0 is the listener's, the others are those of routes. */
    get config(): u32;
    get handle(): u32;
    get kind(): Kind;
    /** The id as a number; 0 when it is a text. */
    get id(): u64;
    /** The caller's id, exact to 64 bits, or its text. */
    get requestId(): string;
    /** The protocol's status of a reply; -1 when the message has none. */
    get status(): i32;
    get streamId(): u32;
    get headerSize(): u32;
    get bodySize(): u32;
    /** Bytes of the whole frame. */
    get size(): u32;
    /** Service and method, or what the protocol calls an operation. */
    get operation(): Bytes;
    get listener(): Bytes;
    /** The caller's address. */
    get peer(): Bytes;
    get protocol(): Bytes;
    /** Why a property could not be read; empty when all could. */
    get problem(): Bytes;
    /** Needs the grant `bodies`, and `readsBodies()` where the source does not say `.body`. */
    get body(): Bytes;
    /** In onResponse: the request that this answers. */
    get request(): Metadata;
    /** For the kit: where the record and the next one are, and what the phase adds to this one. */
    get begins(): usize;
    get next(): usize;
    get extra(): usize;
  }
  export const first: Metadata;
  export const second: Metadata;
}

declare module 'weir/mutation' {
  export class Mutation {
    /** Changes another message; for the kit. */
    of(handle: u32): Mutation;
    /** Replaces every value of a key by a text, bytes or a number. */
    set<T>(key: string, value: T): void;
    /** Appends a value. */
    add<T>(key: string, value: T): void;
    /** Removes every value. */
    remove(key: string): void;
    /** Replaces the body. */
    body<T>(value: T): void;
  }
  export const mutation: Mutation;
}

declare module 'weir/outcome' {
  /** Outcome: how an exchange ended. */
  import { Bytes } from 'weir/bytes';
  import { Fault } from 'weir/verdict';
  export enum Result {
    Ok = 1,
    Oneway = 2,
    LocalReply = 3,
    Error = 4,
    Dropped = 5,
    DownstreamGone = 6
  }
  export class Outcome {
    get result(): Result;
    get error(): Fault;
    get lateReply(): bool;
    get downstreamGone(): bool;
    get dropped(): bool;
    get retried(): bool;
    /** Status of the response; -1 when there was none. */
    get status(): i32;
    get durationMs(): f64;
    /** From forwarding to the reply; -1 when there was none. */
    get upstreamMs(): f64;
    get requestBytes(): u32;
    get responseBytes(): u32;
    get attempts(): u32;
    get cluster(): Bytes;
    get endpoint(): Bytes;
    /** The sentence the caller was told with the error. */
    get errorText(): Bytes;
  }
  export const outcome: Outcome;
}

declare module 'weir/outgoing' {
  /** Outgoing: a message that is to be written, as edits and the new body have made it. */
  import { Bytes } from 'weir/bytes';
  import { Kind } from 'weir/metadata';
  import { Fault } from 'weir/verdict';
  export class Property {
    key: Bytes;
    value: Bytes;
    constructor(key: Bytes, value: Bytes);
  }
  export class Outgoing {
    /** For the kit. */
    of(block: usize): Outgoing;
    /** Whether a caller sent it, and no upstream. */
    get request(): bool;
    get kind(): Kind;
    get status(): i32;
    /** The id to write. */
    get id(): u64;
    get idText(): Bytes;
    /** The frame as it came: whole in `encode`, its beginning elsewhere. */
    get bytes(): Bytes;
    get headerSize(): u32;
    get size(): u32;
    get operation(): Bytes;
    get streamId(): u32;
    /** The body to write. */
    get body(): Bytes;
    /** Whether a filter replaced the body. */
    get newBody(): bool;
    /** Every property after the edits, in order: what is set stands where it stood, what is new at the end. */
    properties(): Property[];
    /** The first value of a key; null when there is none. */
    get(key: string): Bytes | null;
    /** Whether a key has exactly one value and that is a whole number from `least` to `most`. */
    isInteger(key: string, least: i64, most: i64): bool;
    /** The whole number under a key, or 0. */
    integer(key: string): i64;
    getAll(key: string): Bytes[];
  }
  /** What a caller is told. */
  export class LocalError {
    /** For the kit. */
    of(block: usize): LocalError;
    get kind(): Fault;
    get text(): Bytes;
  }
}

declare module 'weir/reader' {
  /**
   * Reader: reads a frame straight on. Where a byte is missing it answers zeros from then on, and what `decode` makes of
   * them is forgotten: it is begun anew when there is more.
   */
  import { Bytes } from 'weir/bytes';
  export class Reader {
    /** How much was read so far, with the body. */
    at: i32;
    /** How many bytes a frame may have that were read in vain; 0 while none is missing. For the kit. */
    missing: u32;
    /** Where the body begins, or -1, and how long it is. */
    bodyAt: i32;
    bodySize: u32;
    /** Why this is no frame, when it was found out while reading; 0 else. */
    wrong: u32;
    /** Whether a caller sends this, and no upstream. */
    request: bool;
    /** What is known about this connection and direction; set it by `setState`. */
    state: Bytes;
    /** The largest frame that is taken. */
    limit: u32;
    /** Begins a frame; for the kit. */
    begin(base: usize, size: i32): Reader;
    /** Reads bytes from their beginning: `new Reader().over(bytes)`. */
    over(bytes: Bytes): Reader;
    /** Bytes that are there and not read. */
    get left(): i32;
    /** Says where the frame ends: what reaches beyond it ends the connection (`header`). */
    until(end: u32): void;
    u8(): u32;
    u16(): u32;
    u24(): u32;
    u32(): u32;
    u64(): u64;
    i8(): i32;
    i16(): i32;
    i32(): i32;
    i64(): i64;
    u16le(): u32;
    u24le(): u32;
    u32le(): u32;
    u64le(): u64;
    i16le(): i32;
    i32le(): i32;
    i64le(): i64;
    /** Groups of 7 bits, lowest first, at most 64 bits. */
    varint(): u64;
    zigzag(): i64;
    bytes(count: u32): Bytes;
    skip(count: u32): void;
    /** The bytes up to a line feed, without it and without a carriage return before it. */
    line(most: u32): Bytes;
    /** The body, which need not be there yet. */
    body(count: u32): void;
    /** Ends the connection when others stand here, at the first that differs. */
    magic(wanted: string): void;
    /** Where something stands in the frame; -1 when it is elsewhere. For the kit. */
    placeOf(bytes: Bytes): i32;
    get whole(): Bytes;
  }
  export const reader: Reader;
}

declare module 'weir/resume' {
  /** Resume: why a message that was paused is here again. */
  import { Bytes } from 'weir/bytes';
  import { Metadata } from 'weir/metadata';
  export enum Reason {
    Timer = 1,
    Answer = 2,
    Failed = 3
  }
  export class Resume {
    get reason(): Reason;
    /** Whether it paused as a response. */
    get response(): bool;
    /** How often this message has paused. */
    get pauses(): u32;
    /** Why the call failed. */
    get text(): Bytes;
    /** The answer to the call; null when there is none. */
    get answer(): Metadata | null;
  }
  export const resume: Resume;
}

declare module 'weir/verdict' {
  import { Message } from 'weir/message';
  export enum Verdict {
    Continue = 0,
    ReplyError = 16,
    Reply = 17,
    Forward = 18,
    /** Answers nobody. */
    Drop = 19,
    /** Closes the caller's connection. */
    Close = 20,
    Pause = 21,
    Call = 22
  }
  /** Errors of a proxy, which every protocol says in its way. */
  export enum Fault {
    None = 0,
    RouteNotFound = 1,
    ClusterNotFound = 2,
    NoHealthyUpstream = 3,
    UpstreamConnectFailed = 4,
    UpstreamReset = 5,
    RequestTimeout = 6,
    OverLimit = 7,
    Denied = 8,
    BadRequest = 9,
    BadResponse = 10,
    PluginFailed = 11,
    Overloaded = 12,
    Draining = 13
  }
  /** Refuses the message with the protocol's own error. */
  export function replyError(error: Fault, text: string): Verdict;
  /** Answers the caller with a message. */
  export function reply(message: Message): Verdict;
  /** Sends the request to a cluster; without a time the listener's is taken. */
  export function forward(cluster: string, timeoutMs?: u32): Verdict;
  /** Holds the message; onResume is called when the time is over. Needs the grant `timers`. */
  export function pause(ms: u32): Verdict;
  /** Asks a cluster something and holds the message; onResume is called with the answer. Needs the grant `calls`. */
  export function call(cluster: string, message: Message, timeoutMs?: u32): Verdict;
}

declare module 'weir/writer' {
  import { Bytes } from 'weir/bytes';
  export class Writer {
    /** For the kit. */
    begin(): Writer;
    /** Bytes written so far. */
    get at(): u32;
    u8(value: u32): Writer;
    u16(value: u32): Writer;
    u24(value: u32): Writer;
    u32(value: u32): Writer;
    u64(value: u64): Writer;
    i8(value: i32): Writer;
    i16(value: i32): Writer;
    i32(value: i32): Writer;
    i64(value: i64): Writer;
    u16le(value: u32): Writer;
    u24le(value: u32): Writer;
    u32le(value: u32): Writer;
    u64le(value: u64): Writer;
    i16le(value: i32): Writer;
    i32le(value: i32): Writer;
    i64le(value: i64): Writer;
    /** Groups of 7 bits, lowest first. */
    varint(value: u64): Writer;
    zigzag(value: i64): Writer;
    /** A text in UTF-8, or bytes. */
    bytes<T>(value: T): Writer;
    /** Write over what is there, for lengths that are known later. */
    u8At(at: u32, value: u32): Writer;
    u16At(at: u32, value: u32): Writer;
    u24At(at: u32, value: u32): Writer;
    u32At(at: u32, value: u32): Writer;
    u16leAt(at: u32, value: u32): Writer;
    u32leAt(at: u32, value: u32): Writer;
    /** What was written, for sums over it. */
    written(from?: u32, to?: u32): Bytes;
  }
  export const writer: Writer;
}
