/** IsolateCodecValues: what authors of codecs hand over, where bytes may be written as lists. Given as text, like all parts. */
import type { IsolateEngine } from './isolate-engine.ts'
import type { IsolateValues } from './isolate-values.ts'

export interface IsolateCodecValuesGiven {
  readonly engine: IsolateEngine
  readonly values: IsolateValues
}

export type IsolateCodecValues = ReturnType<typeof isolateCodecValues>

export function isolateCodecValues({ engine, values }: IsolateCodecValuesGiven) {
  const { Bytes, WrongType, OutOfRange, isArray } = engine
  const { shown } = values
  const { isInteger } = Number
  const numeric = Number
  const U32_MAX = 0xffff_ffff

  /** A text, bytes, or a list of the numbers of bytes. */
  function contents(value: unknown, what: string): string | Uint8Array {
    if (typeof value === 'string') return value
    const bytes = values.asBytes(value) ?? (isArray(value) ? listed(value, what) : undefined)
    if (bytes !== undefined) return bytes
    throw new WrongType(`${what} is ${shown(value)}, neither a Uint8Array nor a text`)
  }
  function listed(values: readonly unknown[], what: string): Uint8Array {
    const bytes = new Bytes(values.length)
    for (let i = 0; i < values.length; i++) {
      const byte = values[i]
      if (typeof byte !== 'number' || !isInteger(byte) || byte < 0 || byte > 255)
        throw new OutOfRange(`${what} is a list with something else than numbers from 0 to 255`)
      bytes[i] = byte
    }
    return bytes
  }
  function bytesOf(value: unknown, what: string): Uint8Array {
    const held = contents(value, what)
    return typeof held === 'string' ? new Bytes(values.bytesIn(held)) : held
  }
  /** What a text would not say as it is meant: `'\xca'` has two bytes. */
  function magicOf(value: unknown): Uint8Array {
    const bytes = bytesOf(value, 'a magic')
    if (typeof value === 'string' && bytes.length !== value.length)
      throw new OutOfRange('a magic beyond ASCII is a list of bytes: [0xca, 0x11]')
    return bytes
  }
  function whole(value: unknown, what: string, most = U32_MAX): number {
    const number = typeof value === 'bigint' ? numeric(value) : value
    if (typeof number === 'number' && isInteger(number) && number >= 0 && number <= most) return number
    throw new OutOfRange(`${what} is no whole number from 0 to ${most}`)
  }

  return { contents, bytesOf, magicOf, whole }
}
