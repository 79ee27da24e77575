/**
 * StoreCall: asking for the key-value store by bytes, for runtimes whose guests are in another process: the child sends a
 * request over its channel, the worker answers with {@link answerStoreCall}, and the guest waits. Little-endian.
 *
 * ```
 * request  code(1) expects(1) -(2) ttl ms(4) by(8, a double) key size(4) expected size(4) | key | expected | value
 * answer   status(1) | value (get) or sum (add, a double)
 * ```
 */
import type { KeyValue } from './guest-host.ts'

export const storeCall = { get: 1, set: 2, delete: 3, add: 4, exchange: 5 } as const
/** `no`: none there, not stored, nothing deleted, different. `failed`: the request was none, or there is no store. */
export const storeStatus = { no: 0, yes: 1, full: 2, busy: 3, failed: 4 } as const
const HEADER_BYTES = 24
const at = { code: 0, expects: 1, ttlMs: 4, by: 8, keySize: 16, expectedSize: 20 } as const
const KEY_BYTES_MAX = 256
const VALUE_BYTES_MAX = 65_536

/** What a child sends; `expected` is only looked at by `exchange`. */
export interface StoreRequest {
  readonly code: number
  readonly key: Buffer
  readonly value?: Buffer
  readonly expected?: Buffer | undefined
  readonly by?: number
  readonly ttlMs?: number
}

export function writeStoreCall({ code, key, value, expected, by = 1, ttlMs = 0 }: StoreRequest): Buffer {
  const head = Buffer.alloc(HEADER_BYTES)
  head.writeUInt8(code, at.code)
  head.writeUInt8(expected === undefined ? 0 : 1, at.expects)
  head.writeUInt32LE(ttlMs, at.ttlMs)
  head.writeDoubleLE(by, at.by)
  head.writeUInt32LE(key.length, at.keySize)
  head.writeUInt32LE(expected?.length ?? 0, at.expectedSize)
  return Buffer.concat([head, key, expected ?? NONE, value ?? NONE])
}

/** The request is a hostile peer's: whatever it says, the answer is one. */
export function answerStoreCall(store: KeyValue | undefined, request: Buffer): Buffer {
  if (store === undefined || request.length < HEADER_BYTES) return status(storeStatus.failed)
  const keyEnd = HEADER_BYTES + request.readUInt32LE(at.keySize)
  const expectedEnd = keyEnd + request.readUInt32LE(at.expectedSize)
  if (keyEnd - HEADER_BYTES > KEY_BYTES_MAX || expectedEnd > request.length) return status(storeStatus.failed)
  const value = request.subarray(expectedEnd)
  if (value.length > VALUE_BYTES_MAX) return status(storeStatus.failed)
  return answer(store, request, { key: request.subarray(HEADER_BYTES, keyEnd), value, expectedEnd, keyEnd })
}

interface Parts {
  readonly key: Buffer
  readonly value: Buffer
  readonly keyEnd: number
  readonly expectedEnd: number
}

function answer(store: KeyValue, request: Buffer, { key, value, keyEnd, expectedEnd }: Parts): Buffer {
  const ttlMs = request.readUInt32LE(at.ttlMs)
  switch (request.readUInt8(at.code)) {
    case storeCall.get: {
      const known = store.get(key)
      if (known === 'busy') return status(storeStatus.busy)
      return known === undefined ? status(storeStatus.no) : Buffer.concat([status(storeStatus.yes), known])
    }
    case storeCall.set:
      return flag(store.set(key, value, ttlMs), storeStatus.full)
    case storeCall.delete:
      return flag(store.delete(key), storeStatus.no)
    case storeCall.add:
      return summed(store.add(key, request.readDoubleLE(at.by), ttlMs))
    case storeCall.exchange: {
      const expected = request.readUInt8(at.expects) === 0 ? undefined : request.subarray(keyEnd, expectedEnd)
      return status(exchanged[store.exchange(key, expected, value, ttlMs)])
    }
    default:
      return status(storeStatus.failed)
  }
}

const NONE = Buffer.alloc(0)
const exchanged = {
  stored: storeStatus.yes,
  different: storeStatus.no,
  full: storeStatus.full,
  busy: storeStatus.busy,
} as const

function flag(done: boolean | 'busy', otherwise: number): Buffer {
  if (done === 'busy') return status(storeStatus.busy)
  return status(done ? storeStatus.yes : otherwise)
}

function summed(sum: number | 'busy'): Buffer {
  if (sum === 'busy') return status(storeStatus.busy)
  if (Number.isNaN(sum)) return status(storeStatus.no)
  const bytes = Buffer.alloc(9)
  bytes.writeUInt8(storeStatus.yes)
  bytes.writeDoubleLE(sum, 1)
  return bytes
}

function status(code: number): Buffer {
  return Buffer.of(code)
}
