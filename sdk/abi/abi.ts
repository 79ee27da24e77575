/**
 * Abi: the numbers of the guest ABI, version 1, as `sdk/ABI.md` explains them. They are promises: what is published
 * here is never given another meaning. Everything is little-endian.
 */
import type { ErrorKind } from '../errors.ts'
import type { ExchangeFlag, Outcome } from '../filter.ts'
import type { MessageKind } from '../metadata.ts'

const kind = {
  request: 1,
  oneway: 2,
  response: 3,
  error: 4,
  heartbeat: 5,
  'heartbeat-reply': 6,
  drain: 7,
  'stream-init': 8,
  'stream-data': 9,
  'stream-close': 10,
} as const satisfies Record<MessageKind, number>
const result = {
  ok: 1,
  oneway: 2,
  local_reply: 3,
  error: 4,
  dropped: 5,
  downstream_gone: 6,
} as const satisfies Record<Outcome['result'], number>
const outcomeFlag = { late_reply: 1, downstream_gone: 2, dropped: 4, retried: 8 } as const satisfies Record<
  ExchangeFlag,
  number
>
/** 0 is no error. */
const error = {
  route_not_found: 1,
  cluster_not_found: 2,
  no_healthy_upstream: 3,
  upstream_connect_failed: 4,
  upstream_reset: 5,
  request_timeout: 6,
  over_limit: 7,
  denied: 8,
  bad_request: 9,
  bad_response: 10,
  plugin_failed: 11,
  overloaded: 12,
  draining: 13,
} as const satisfies Record<ErrorKind, number>

export const abi = {
  version: 1,
  /** What a WebAssembly guest exports to say that it speaks this version. */
  marker: 'weir_abi_1',
  phase: { configure: 1, request: 2, response: 3, end: 4, resume: 5, streamData: 6, snapshot: 7, restore: 8 },
  /** Bits that name phases in `reads`, `readsAll` and `phases`; `state` stands for snapshot and restore. */
  phaseBit: { request: 1, response: 2, end: 4, streamData: 8, state: 16 },
  want: {
    requestBody: 1,
    responseBody: 2,
    requestWithResponse: 4,
    operation: 8,
    routeConfig: 16,
    streamBody: 32,
  },
  /** Bits of what is granted, in the configure block. */
  grant: {
    clock: 1,
    random: 2,
    log: 4,
    counters: 8,
    keyValue: 16,
    timers: 32,
    callOut: 64,
    allKeys: 128,
    body: 256,
  },
  header: { size: 0, version: 4, phase: 5, messages: 6, nowMs: 8, wallMs: 16, bytes: 24 },
  /** The header's number of messages is the number of the configuration here. */
  configure: { configSize: 24, grants: 28, config: 32 },
  /** Behind the header: where the state is, and which version it is from; counted from the block's beginning. */
  restore: { state: 24, version: 32, bytes: 40 },
  record: {
    size: 0,
    handle: 4,
    idLow: 8,
    idHigh: 12,
    kind: 16,
    flags: 17,
    properties: 18,
    status: 20,
    streamId: 24,
    headerSize: 28,
    bodySize: 32,
    propertiesAt: 36,
    operation: 40,
    listener: 48,
    peer: 56,
    protocol: 64,
    idText: 72,
    problem: 80,
    body: 88,
    extra: 96,
    bytes: 104,
    /** Which configuration holds; there when the flag says so, and the record's fixed part is 8 longer then. */
    config: 104,
    bytesWithConfig: 112,
  },
  recordFlag: { idText: 1, body: 2, allKeys: 4, readOnly: 8, config: 16 },
  /** One row of a record's property table. */
  property: { keyAt: 0, keySize: 4, slot: 6, valueAt: 8, valueSize: 12, bytes: 16, noSlot: 0xffff },
  outcome: {
    result: 0,
    error: 1,
    flags: 2,
    responseStatus: 4,
    durationMs: 8,
    upstreamMs: 16,
    requestBytes: 24,
    responseBytes: 28,
    attempts: 32,
    cluster: 36,
    endpoint: 44,
    errorText: 52,
    bytes: 64,
  },
  resume: { reason: 0, phase: 1, pauses: 2, text: 8, bytes: 16 },
  resumeReason: { timer: 1, answer: 2, failed: 3 },
  op: {
    set: 1,
    add: 2,
    remove: 3,
    body: 4,
    replyError: 16,
    reply: 17,
    forward: 18,
    drop: 19,
    close: 20,
    pause: 21,
    callOut: 22,
    log: 32,
    count: 33,
    reads: 48,
    readsAll: 49,
    wants: 50,
    phases: 51,
    refuse: 52,
    state: 53,
  },
  opHeader: { code: 0, arg: 1, reserved: 2, size: 4, message: 8, bytes: 12 },
  opListHeaderBytes: 4,
  /** Written where a body or a timeout is not given. */
  none: 0xffff_ffff,
  kind,
  result,
  outcomeFlag,
  error,
  logLevel: { debug: 0, info: 1, warn: 2, error: 3 },
} as const
