/**
 * IsolateGrants: what a plugin may have when its manifest asks for it: the time and chance of JavaScript's own globals, which
 * are tamed where they are the plugin's own, and the key-value store. Given as text, like all parts.
 */
import type { abi as Abi } from '../../../../sdk/abi/abi.ts'
import type { IsolateBlock } from './isolate-block.ts'
import type { IsolateEngine } from './isolate-engine.ts'
import type { IsolateStore } from './isolate-store.ts'
import type { IsolateValues } from './isolate-values.ts'

export interface IsolateGrantsGiven {
  readonly abi: typeof Abi
  readonly engine: IsolateEngine
  readonly values: IsolateValues
  readonly block: IsolateBlock
  /** Absent where there is none to be asked. */
  readonly store: IsolateStore | undefined
}

export interface IsolateGrants {
  /** Bits of `abi.grant`. */
  begin(granted: number): void
  readonly store: object
  /** Takes away from the globals what a plugin may not have, and has it ask for what it may. */
  tame(): void
}

export function isolateGrants({
  abi,
  engine,
  values,
  block,
  store: kept,
}: IsolateGrantsGiven): IsolateGrants {
  const { grant, header } = abi
  const { BaseError, WrongType, G, construct, create, defineProperty, floor, freeze, random, text } = engine
  const { plain, contents, whole, shown } = values
  let granted = 0

  function ask(bit: number, what: string, name: string): void {
    if ((granted & bit) === 0)
      throw new BaseError(
        `${what} needs a grant: add "${name}" to the plugin's "grants", and to "capabilities" of its manifest`,
      )
  }

  // The globals.
  function clear(): void {
    const allowed = [
      'Object Function Array Number parseFloat parseInt Infinity NaN undefined Boolean String Symbol Date Promise RegExp',
      'Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError SuppressedError globalThis',
      'JSON Math ArrayBuffer Uint8Array Int8Array Uint16Array Int16Array Uint32Array Int32Array BigUint64Array',
      'BigInt64Array Uint8ClampedArray Float16Array Float32Array Float64Array DataView Map BigInt Set Iterator WeakMap',
      'WeakSet Proxy Reflect decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape isFinite isNaN',
    ]
    const stays: Record<string, boolean> = create(null)
    for (const row of allowed) for (const name of row.split(' ')) stays[name] = true
    for (const name of engine.getOwnPropertyNames(G))
      if (stays[name] !== true) Reflect.deleteProperty(G, name)
  }
  function wallMs(): number {
    ask(grant.clock, 'the time', 'clock')
    return floor(block.float(header.wallMs))
  }
  function tameDate(): void {
    const Real = G.Date
    function Tame(this: unknown, ...args: unknown[]): unknown {
      const asked = args.length === 0 ? [wallMs()] : args
      if (new.target === undefined) return text(construct(Real, [wallMs()]))
      return construct(Real, asked, new.target)
    }
    defineProperty(Tame, 'name', { value: 'Date' })
    for (const name of ['parse', 'UTC'] as const) defineProperty(Tame, name, { value: Real[name] })
    defineProperty(Tame, 'now', { value: wallMs })
    defineProperty(Tame, 'prototype', { value: Real.prototype, writable: false })
    defineProperty(Real.prototype, 'constructor', { value: Tame })
    defineProperty(G, 'Date', { value: Tame, writable: true, configurable: true })
  }
  function tameRandom(): void {
    const tame = (): number => {
      ask(grant.random, 'Math.random()', 'random')
      return random()
    }
    defineProperty(Math, 'random', { value: tame })
  }

  // The store.
  function storeOf(): IsolateStore {
    ask(grant.keyValue, 'the store', 'key-value')
    if (kept === undefined) throw new BaseError('there is no store here')
    return kept
  }
  function life(ttlMs: unknown): number {
    return ttlMs === undefined ? 0 : whole(ttlMs, 'the time to live')
  }
  function valueIn(value: unknown, what: string): string | Uint8Array {
    return typeof value === 'number' ? text(value) : contents(value, what)
  }
  const store = freeze({
    get: (key: unknown) => storeOf().get(plain(key, 'the key')),
    set: (key: unknown, value: unknown, ttlMs: unknown) =>
      storeOf().set(plain(key, 'the key'), valueIn(value, 'the value'), life(ttlMs)),
    delete: (key: unknown) => storeOf().delete(plain(key, 'the key')),
    add: (key: unknown, by: unknown, ttlMs: unknown) => {
      if (by !== undefined && typeof by !== 'number')
        throw new WrongType(`what is added is ${shown(by)}, no number`)
      return storeOf().add(plain(key, 'the key'), by ?? 1, life(ttlMs))
    },
    cas: (key: unknown, expected: unknown, value: unknown, ttlMs: unknown) => {
      const none = expected === undefined || expected === null
      const before = none ? undefined : valueIn(expected, 'the value that is expected')
      return storeOf().exchange(plain(key, 'the key'), before, valueIn(value, 'the value'), life(ttlMs))
    },
  })

  return {
    begin: (bits) => {
      granted = bits
    },
    store,
    tame: () => {
      clear()
      tameDate()
      tameRandom()
    },
  }
}
