/**
 * IsolateStore: asking for the key-value store from inside of an isolate: a request is written into a piece of memory that
 * the isolate shares with its process, and the answer is read out of it ({@link ../../store-call.ts} has their layout). It is
 * given to the isolate as text, as all parts are.
 */
import type { storeCall, storeStatus } from '../../store-call.ts'
import type { IsolateText } from './isolate-text.ts'

/** Room for a key and two values; the last one may take three bytes a unit until it is measured. */
export const STORE_BYTES = 270_336

export interface IsolateStoreGiven {
  readonly codes: { readonly call: typeof storeCall; readonly status: typeof storeStatus }
  readonly texts: IsolateText
  readonly memory: ArrayBufferLike
  /** The request has so many bytes; answers the size of the answer, which lies in its place. */
  ask(size: number): number
}

type Value = string | Uint8Array

/** What the author calls; arguments were looked at before. Failures are sentences that are thrown as they are. */
export interface IsolateStore {
  get(key: string): string | undefined
  set(key: string, value: Value, ttlMs: number): boolean
  delete(key: string): boolean
  add(key: string, by: number, ttlMs: number): number | undefined
  exchange(key: string, expected: Value | undefined, value: Value, ttlMs: number): boolean
}

export function isolateStore(given: IsolateStoreGiven): IsolateStore {
  const { texts } = given
  const { call, status } = given.codes
  const HEADER_BYTES = 24
  const KEY_BYTES_MAX = 256
  const VALUE_BYTES_MAX = 65_536
  const bytes = new Uint8Array(given.memory)
  const view = new DataView(given.memory)
  const { RangeError: TooLong, Error: Failed } = globalThis
  const bindThis = Function.prototype.call.bind(Function.prototype.bind, Function.prototype.call)
  const setU32: (to: DataView, at: number, value: number, little: boolean) => void = bindThis(
    DataView.prototype.setUint32,
  )
  const setF64: (to: DataView, at: number, value: number, little: boolean) => void = bindThis(
    DataView.prototype.setFloat64,
  )
  const getF64: (from: DataView, at: number, little: boolean) => number = bindThis(
    DataView.prototype.getFloat64,
  )
  const copyInto: (to: Uint8Array, from: Uint8Array, at: number) => void = bindThis(Uint8Array.prototype.set)

  /** Answers where it ends. */
  function put(value: Value, at: number, most: number, what: string): number {
    if (value.length > most) throw new TooLong(`${what} of the store has more than ${most} bytes`)
    let end = at
    if (typeof value === 'string') end = texts.write(value, bytes, at)
    else {
      copyInto(bytes, value, at)
      end = at + value.length
    }
    if (end - at > most) throw new TooLong(`${what} of the store has more than ${most} bytes`)
    return end
  }
  /** Asks, and answers the size of the answer, whose first byte is its status. */
  function ask(asked: {
    readonly code: number
    readonly key: string
    readonly expected?: Value | undefined
    readonly value?: Value
    readonly by?: number
    readonly ttlMs?: number
  }): number {
    const { code, key, expected, value, by = 0, ttlMs = 0 } = asked
    const keyEnd = put(key, HEADER_BYTES, KEY_BYTES_MAX, 'a key')
    const expectedEnd = expected === undefined ? keyEnd : put(expected, keyEnd, VALUE_BYTES_MAX, 'a value')
    const end = value === undefined ? expectedEnd : put(value, expectedEnd, VALUE_BYTES_MAX, 'a value')
    bytes[0] = code
    bytes[1] = expected === undefined ? 0 : 1
    setU32(view, 4, ttlMs, true)
    setF64(view, 8, by, true)
    setU32(view, 16, keyEnd - HEADER_BYTES, true)
    setU32(view, 20, expectedEnd - keyEnd, true)
    const size = given.ask(end)
    if (size < 1 || bytes[0] === status.failed) throw new Failed('the store cannot be asked here')
    if (bytes[0] === status.busy) throw new Failed('the store is busy')
    return size
  }
  function done(): boolean {
    return bytes[0] === status.yes
  }

  return {
    get: (key) => {
      const size = ask({ code: call.get, key })
      return done() ? texts.read(bytes, 1, size) : undefined
    },
    set: (key, value, ttlMs) => {
      ask({ code: call.set, key, value, ttlMs })
      return done()
    },
    delete: (key) => {
      ask({ code: call.delete, key })
      return done()
    },
    add: (key, by, ttlMs) => {
      ask({ code: call.add, key, by, ttlMs })
      return done() ? getF64(view, 1, true) : undefined
    },
    exchange: (key, expected, value, ttlMs) => {
      ask({ code: call.exchange, key, expected, value, ttlMs })
      return done()
    },
  }
}
