/**
 * What a plugin of weir in JavaScript sees. For editors: put `/// <reference path="weir.d.ts" />` at the head of the file,
 * or this file beside it with `"checkJs": true`.
 */

// biome-ignore lint/style/noNamespace: names for editors, in a file that nothing imports.
declare namespace weir {
  type ErrorKind =
    | 'route_not_found'
    | 'cluster_not_found'
    | 'no_healthy_upstream'
    | 'upstream_connect_failed'
    | 'upstream_reset'
    | 'request_timeout'
    | 'over_limit'
    | 'denied'
    | 'bad_request'
    | 'bad_response'
    | 'plugin_failed'
    | 'overloaded'
    | 'draining'

  type MessageKind =
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

  /** What the configuration says; the plugin's own schema says what may stand there. */
  type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
  type Config = Readonly<Record<string, Json | undefined>>

  /** A message, as it is when the handler is called. Read it while the message is handled, not later. */
  interface Metadata {
    /** The first value of a key; `undefined` when the message does not carry it. */
    get(key: string): string | undefined
    /** Every value of a key, in order. */
    getAll(key: string): string[]
    has(key: string): boolean
    /** Every key that is here: those that were declared, or all with `reads = { all: true }`. */
    keys(): string[]
    /** Service and method, or what the protocol calls an operation. */
    readonly operation: string
    /** The caller's id as a text, exact to 64 bits. */
    readonly requestId: string
    /** The protocol's status of a reply; -1 when the message has none. */
    readonly status: number
    /** Bytes of the whole frame. */
    readonly size: number
    readonly headerSize: number
    readonly bodySize: number
    readonly streamId: number
    readonly listener: string
    /** The caller's address. */
    readonly peer: string
    readonly protocol: string
    readonly kind: MessageKind
    /** Why a property could not be read. */
    readonly problem: string | undefined
    /** A copy of the body; needs `reads = { body: true }` and the grant "bodies". */
    readonly body: Uint8Array
    /** The configuration that holds for this message: the route's, where it has one. */
    readonly config: Config
  }

  /** In `onResponse` the request is beside it. */
  interface ResponseMetadata extends Metadata {
    readonly request: Metadata
  }

  /** Changes that are recorded, and done when the handler has returned. */
  interface Mutation {
    /** Replaces every value of a key. */
    set(key: string, value: string | number | bigint): void
    /** Appends a value. */
    add(key: string, value: string | number | bigint): void
    /** Removes every value. */
    remove(key: string): void
    /** Replaces the body. */
    body(bytes: Uint8Array | string): void
  }

  interface Outcome {
    readonly result: 'ok' | 'oneway' | 'local_reply' | 'error' | 'dropped' | 'downstream_gone'
    readonly error: ErrorKind | undefined
    readonly errorText: string
    /** Status of the response; -1 when there was none. */
    readonly status: number
    readonly durationMs: number
    /** -1 when there was no reply. */
    readonly upstreamMs: number
    readonly requestBytes: number
    readonly responseBytes: number
    readonly attempts: number
    readonly cluster: string
    readonly endpoint: string
    readonly flags: Readonly<Partial<Record<'late_reply' | 'downstream_gone' | 'dropped' | 'retried', true>>>
  }

  /** Why a message that was paused is here again. */
  interface Resume {
    readonly reason: 'timer' | 'answer' | 'failed'
    /** The phase in which it paused. */
    readonly phase: 'request' | 'response' | 'streamData'
    readonly pauses: number
    /** Why the call failed. */
    readonly text: string
    /** The answer to the call. */
    readonly response: Metadata | undefined
  }

  type Properties =
    | Readonly<Record<string, string | number | readonly (string | number)[]>>
    | readonly (readonly [key: string, value: string | number])[]

  interface Message {
    readonly properties?: Properties
    readonly body?: Uint8Array | string
  }

  /** What `reply`, `forward`, `pause` and `call` make; it counts when it is returned. */
  interface Made {
    readonly ' made': never
  }
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler may return nothing at all.
  type Verdict = undefined | null | void | 'continue' | 'drop' | 'close' | Made

  /** What the plugin reads. Keys that stand as a text in `get("key")` need not be listed. */
  type Reads =
    | readonly string[]
    | {
        readonly keys?: readonly string[]
        /** Every key; needs the grant "all-keys". */
        readonly all?: boolean
        /** Needs the grant "bodies". */
        readonly body?: boolean | 'request' | 'response' | 'stream'
        /** The request beside its response. */
        readonly request?: boolean
        readonly operation?: boolean
      }

  type OnRequest = (metadata: Metadata, mutation: Mutation) => Verdict
  type OnResponse = (metadata: ResponseMetadata, mutation: Mutation) => Verdict
  type OnStreamData = (metadata: Metadata, mutation: Mutation) => Verdict
  type OnResume = (metadata: Metadata, mutation: Mutation, resume: Resume) => Verdict
  type OnEnd = (metadata: Metadata, outcome: Outcome) => void
  /** A sentence says what is wrong with the configuration. */
  // biome-ignore lint/suspicious/noConfusingVoidType: it may return nothing at all.
  type OnConfigure = (config: Config) => string | undefined | void

  /** Keys and values that outlive reloads. An error says that the store is busy, or that a text is too long for it. */
  interface Store {
    get(key: string): string | undefined
    /** False when there is no room. Without a time to live the value is kept. */
    set(key: string, value: string | number | Uint8Array, ttlMs?: number): boolean
    /** Whether there was anything. */
    delete(key: string): boolean
    /** The sum; `undefined` when what is there is no number, or there is no room. The time counts from when it was made. */
    add(key: string, by?: number, ttlMs?: number): number | undefined
    /** Stores the value if what is there is what was expected; `undefined` expects nothing. */
    cas(
      key: string,
      expected: string | number | Uint8Array | undefined,
      value: string | number | Uint8Array,
      ttlMs?: number,
    ): boolean
  }

  interface Log {
    (...values: unknown[]): void
    debug(...values: unknown[]): void
    info(...values: unknown[]): void
    warn(...values: unknown[]): void
    error(...values: unknown[]): void
  }
}

/** Answers the caller: with the protocol's own error, or with a message. */
declare function reply(
  answer: { readonly error: weir.ErrorKind; readonly text?: string } | weir.Message,
): weir.Made
/** Sends the request to a cluster; without a time the listener's holds. */
declare function forward(cluster: string, timeoutMs?: number): weir.Made
/** Holds the message; `onResume` is called when the time is over. Needs the grant "timers". */
declare function pause(ms: number): weir.Made
/** Asks a cluster something and holds the message; `onResume` has the answer. 1,000 ms by default. Needs the grant "calls". */
declare function call(cluster: string, message?: weir.Message, timeoutMs?: number): weir.Made
/** Adds to one of the plugin's counters; names are like `calls_refused`. */
declare function counter(name: string, by?: number): void
/** A line of log; objects as JSON. */
declare const log: weir.Log
/** What all workers share; needs the grant "key-value". */
declare const store: weir.Store
/** Bytes as a text; a byte that is no part of valid UTF-8 is the lone surrogate U+DC00 + byte. */
declare function textOf(bytes: Uint8Array): string
/** The same way back. */
declare function bytesOf(text: string): Uint8Array
