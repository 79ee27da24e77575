/**
 * IsolateEngine: what the parts of the program inside of an isolate use of JavaScript, taken hold of before the plugin runs:
 * afterwards the plugin may have changed it. Like all parts it is given to the isolate as text ({@link ./isolate-source.ts}),
 * so it may use nothing but its arguments and JavaScript itself.
 */

export type IsolateEngine = ReturnType<typeof isolateEngine>

export function isolateEngine() {
  const G = globalThis
  const { Error: BaseError, TypeError: WrongType, RangeError: OutOfRange } = G
  const { fromCharCode } = String
  const { floor, random } = Math
  const { isArray } = Array
  const { keys: ownKeys, freeze, defineProperty, create, getOwnPropertyNames } = Object
  const { apply, construct } = Reflect
  const { parse, stringify } = JSON
  const { now } = Date
  const bindThis = Function.prototype.call.bind(Function.prototype.bind, Function.prototype.call)
  const charCodeAt: (value: string, at: number) => number = bindThis(String.prototype.charCodeAt)
  const indexOf: (value: string, what: string, from?: number) => number = bindThis(String.prototype.indexOf)
  const slice: (value: string, from: number, to?: number) => string = bindThis(String.prototype.slice)
  const split: (value: string, by: string) => string[] = bindThis(String.prototype.split)
  const subarray: (bytes: Uint8Array, from: number, to: number) => Uint8Array = bindThis(
    Uint8Array.prototype.subarray,
  )
  const copyInto: (bytes: Uint8Array, from: ArrayLike<number>, at: number) => void = bindThis(
    Uint8Array.prototype.set,
  )
  const copyWithin: (bytes: Uint8Array, to: number, from: number, end: number) => void = bindThis(
    Uint8Array.prototype.copyWithin,
  )
  const tagOf: (value: unknown) => string | undefined = bindThis(
    Reflect.getOwnPropertyDescriptor(Reflect.getPrototypeOf(Uint8Array.prototype) ?? {}, Symbol.toStringTag)
      ?.get ?? (() => undefined),
  )
  const sortTexts: (values: string[]) => string[] = bindThis(Array.prototype.sort)

  /** Numbers by name, and names by number; neither finds what objects inherit. */
  function table(numbers: Readonly<Record<string, number>>): Record<string, number> {
    const made: Record<string, number> = create(null)
    for (const name of ownKeys(numbers)) made[name] = numbers[name] ?? 0
    return made
  }
  function namesOf(numbers: Readonly<Record<string, number>>): string[] {
    const names: string[] = []
    for (const name of ownKeys(numbers)) names[numbers[name] ?? 0] = name
    return names
  }

  /** For people: names as a list. */
  function listed(names: readonly string[]): string {
    let list = ''
    for (let i = 0; i < names.length; i++) list += i === 0 ? names[i] : `, ${names[i]}`
    return list
  }

  return {
    G,
    BaseError,
    WrongType,
    OutOfRange,
    Bytes: Uint8Array,
    Words: Uint32Array,
    Floats: Float64Array,
    text: String,
    bigint: BigInt,
    fromCharCode,
    floor,
    now,
    random,
    isArray,
    ownKeys,
    freeze,
    defineProperty,
    create,
    getOwnPropertyNames,
    apply,
    construct,
    parse,
    stringify,
    charCodeAt,
    indexOf,
    slice,
    split,
    subarray,
    copyInto,
    copyWithin,
    tagOf,
    sortTexts,
    table,
    listed,
    namesOf,
  }
}
