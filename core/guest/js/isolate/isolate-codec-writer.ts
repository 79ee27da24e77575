/** IsolateCodecWriter: what authors write frames with; what does not fit in its field is a problem of the message. Given as text, like all parts. */
import type { abi as Abi } from '../../../../sdk/abi/abi.ts'
import type { IsolateCodecEndings } from './isolate-codec-endings.ts'
import type { IsolateCodecValues } from './isolate-codec-values.ts'
import type { IsolateEngine } from './isolate-engine.ts'
import type { Handler } from './isolate-exports.ts'
import type { IsolateList } from './isolate-list.ts'
import type { IsolateValues } from './isolate-values.ts'

export interface IsolateCodecWriterGiven {
  readonly abi: typeof Abi
  readonly engine: IsolateEngine
  readonly values: IsolateValues
  readonly held: IsolateCodecValues
  readonly endings: IsolateCodecEndings
  readonly list: IsolateList
  readonly output: Uint8Array
}

export interface IsolateCodecWriter {
  readonly w: object
  /** Another message is written. */
  begin(): void
  /** The bytes that are being written end. */
  interrupt(): void
}

export function isolateCodecWriter(given: IsolateCodecWriterGiven): IsolateCodecWriter {
  const { abi, engine, held, endings, list, output } = given
  const { op } = abi.codec
  const { WrongType, OutOfRange, bigint, defineProperty, floor, freeze, text } = engine
  const { shown } = given.values
  const { isSafeInteger, isInteger } = Number
  const { asUintN } = BigInt
  const numeric = Number
  const U32 = 0x1_0000_0000

  let streaming = false
  let streamAt = 0
  let streamed = 0
  function stream(): void {
    if (streaming) return
    list.begin(op.bytes, 0)
    streaming = true
    streamAt = list.at()
  }
  function interrupt(): void {
    if (!streaming) return
    streaming = false
    streamed += list.at() - streamAt
    list.end()
  }
  function unfit(name: string, value: unknown): never {
    if (typeof value === 'number' || typeof value === 'bigint')
      endings.broken(`${name} does not hold ${text(value)}`)
    throw new WrongType(`w.${name} writes a number, and was given ${shown(value)}`)
  }
  function numberIn(name: string, value: unknown): number | bigint {
    if (typeof value === 'bigint' || (typeof value === 'number' && isSafeInteger(value))) return value
    return unfit(name, value)
  }
  function spread(at: number, size: number, little: boolean, low: number, high: number): void {
    for (let i = 0; i < size; i++) {
      output[little ? at + i : at + size - 1 - i] = i < 4 ? low >>> (i * 8) : high >>> ((i - 4) * 8)
    }
  }
  interface Field {
    readonly name: string
    readonly size: number
    readonly little: boolean
    readonly least: bigint
    readonly most: bigint
  }
  function putNumber({ name, size, little, least, most }: Field, value: unknown): object {
    const number = numberIn(name, value)
    if (number < least || number > most) unfit(name, value)
    stream()
    const at = list.take(size)
    if (typeof number === 'number') spread(at, size, little, number >>> 0, floor(number / U32) >>> 0)
    else spread(at, size, little, numeric(asUintN(32, number)), numeric(asUintN(32, number >> 32n)))
    return w
  }
  function patch({ name, size, little, most }: Field, at: unknown, value: unknown): object {
    const place = streamAt + held.whole(at, 'the place') - streamed
    const number = typeof value === 'bigint' ? numeric(value) : value
    if (typeof number !== 'number' || !isInteger(number) || number < 0 || number > numeric(most))
      unfit(name, value)
    if (!streaming || place < streamAt || place + size > list.at())
      throw new OutOfRange('what is written over was not written, or is a range of the frame that is kept')
    spread(place, size, little, number >>> 0, 0)
    return w
  }
  function putVarint(name: string, value: unknown, zigzag: boolean): object {
    const number = bigint(numberIn(name, value))
    let rest = zigzag ? (number << 1n) ^ (number >> 63n) : number
    if (rest < 0n || asUintN(64, rest) !== rest) unfit(name, value)
    stream()
    for (; rest > 0x7fn; rest >>= 7n) output[list.take(1)] = numeric(rest & 0x7fn) | 0x80
    output[list.take(1)] = numeric(rest)
    return w
  }
  function putContents(value: unknown): object {
    const put = held.contents(value, 'what is written')
    stream()
    list.put(put)
    return w
  }
  const w: Record<string, unknown> = {}
  function method(name: string, value: Handler): void {
    defineProperty(w, name, { value, enumerable: true })
  }
  for (const size of [1, 2, 3, 4, 8]) {
    const bits = size * 8
    const most = (1n << bigint(bits)) - 1n
    for (const order of ['', 'le']) {
      const field = { size, little: order !== '' }
      const u = { ...field, name: `u${bits}${order}`, least: 0n, most }
      const i = { ...field, name: `i${bits}${order}`, least: -(most >> 1n) - 1n, most: most >> 1n }
      method(u.name, (value) => putNumber(u, value))
      method(i.name, (value) => putNumber(i, value))
      if (size < 8) method(`u${bits}At${order}`, (at, value) => patch(u, at, value))
    }
  }
  method('varint', (value) => putVarint('varint', value, false))
  method('varint64', (value) => putVarint('varint64', value, false))
  method('zigzag', (value) => putVarint('zigzag', value, true))
  method('zigzag64', (value) => putVarint('zigzag64', value, true))
  method('bytes', putContents)
  method('text', putContents)
  method('keep', (at, size) => {
    const kept = held.whole(size, 'how much is kept')
    interrupt()
    list.begin(op.keep, 0)
    list.word(held.whole(at, 'the place'))
    list.word(kept)
    list.end()
    streamed += kept
    return w
  })
  defineProperty(w, 'at', { get: () => streamed + (streaming ? list.at() - streamAt : 0) })
  freeze(w)

  return {
    w,
    begin: () => {
      streaming = false
      streamed = 0
    },
    interrupt,
  }
}
