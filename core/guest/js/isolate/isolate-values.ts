/** IsolateValues: what authors hand over, looked at, and refused with a sentence that names it. Given as text, like all parts. */
import type { IsolateEngine } from './isolate-engine.ts'
import type { IsolateText } from './isolate-text.ts'

export interface IsolateValuesGiven {
  readonly engine: IsolateEngine
  readonly texts: IsolateText
  /** The largest number that a u32 says. */
  readonly most: number
}

export type IsolateValues = ReturnType<typeof isolateValues>

export function isolateValues({ engine, texts, most }: IsolateValuesGiven) {
  const { Bytes, WrongType, OutOfRange, floor, subarray, tagOf, text } = engine

  function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === 'object' && value !== null
  }
  function isFunction(value: unknown): value is (...args: unknown[]) => unknown {
    return typeof value === 'function'
  }
  function shown(value: unknown): string {
    if (value === null) return 'null'
    return typeof value === 'object'
      ? 'an object'
      : typeof value === 'undefined'
        ? 'missing'
        : `a ${typeof value}`
  }
  function plain(value: unknown, what: string): string {
    if (typeof value === 'string') return value
    if (typeof value === 'number' || typeof value === 'bigint') return text(value)
    throw new WrongType(`${what} is ${shown(value)}, not a text`)
  }
  function asBytes(value: unknown): Uint8Array | undefined {
    return value instanceof Bytes && tagOf(value) === 'Uint8Array' ? value : undefined
  }
  function contents(value: unknown, what: string): string | Uint8Array {
    if (typeof value === 'string') return value
    const bytes = asBytes(value)
    if (bytes !== undefined) return bytes
    throw new WrongType(`${what} is ${shown(value)}, neither a Uint8Array nor a text`)
  }
  /** The bytes of a text, in memory that is used for nothing else. */
  function bytesIn(value: string): Uint8Array {
    const sink = new Bytes(value.length * 3)
    const end = texts.write(value, sink, 0)
    return subarray(sink, 0, end)
  }
  function whole(value: unknown, what: string): number {
    const number = typeof value === 'number' ? floor(value) : Number.NaN
    if (number >= 0 && number <= most) return number
    throw new OutOfRange(`${what} is no number from 0 to ${most}`)
  }

  return { isObject, isFunction, shown, plain, asBytes, contents, bytesIn, whole }
}
