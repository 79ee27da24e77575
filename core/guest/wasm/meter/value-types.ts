/** Value types (WebAssembly core specification §5.3): the accepted ones by their byte, the others by their name. */
import type { BinaryReader } from './binary-reader.ts'
import type { ValueType } from './facts.ts'
import { Refusal } from './refusal.ts'

const EXNREF = 0x69

const ACCEPTED: ReadonlyMap<number, ValueType> = new Map([
  [0x7f, 'i32'],
  [0x7e, 'i64'],
  [0x7d, 'f32'],
  [0x7c, 'f64'],
  [0x7b, 'v128'],
  [0x70, 'funcref'],
  [0x6f, 'externref'],
  [EXNREF, 'exnref'],
])

/** Known, so that a refusal can name them: garbage collection, typed references, exceptions, strings. */
const REFUSED: ReadonlyMap<number, string> = new Map([
  [0x74, 'nullexnref'],
  [0x73, 'nullfuncref'],
  [0x72, 'nullexternref'],
  [0x71, 'nullref'],
  [0x6e, 'anyref'],
  [0x6d, 'eqref'],
  [0x6c, 'i31ref'],
  [0x6b, 'structref'],
  [0x6a, 'arrayref'],
  [0x68, 'contref'],
  [0x67, 'stringref'],
  [0x64, 'a typed reference'],
  [0x63, 'a typed reference'],
])

/** Which value types a module may use. */
export class ValueTypes {
  readonly #exceptions: boolean

  constructor(exceptions: boolean) {
    this.#exceptions = exceptions
  }

  /** Whether a byte is an accepted value type. */
  accepts(byte: number): boolean {
    return ACCEPTED.has(byte) && (byte !== EXNREF || this.#exceptions)
  }

  /** Reads one. */
  read(reader: BinaryReader): ValueType {
    const at = reader.at
    const byte = reader.byte()
    const type = ACCEPTED.get(byte)
    if (type === undefined || !this.accepts(byte)) throw this.refuse(byte, at)
    return type
  }

  /** Reads a type that tables and `ref.null` may have: what a reference refers to is not looked at. */
  readReference(reader: BinaryReader): ValueType {
    const at = reader.at
    const type = this.read(reader)
    if (type === 'funcref' || type === 'externref' || type === 'exnref') return type
    throw new Refusal('malformed', `has ${type} where a reference belongs`, at)
  }

  /** The refusal of a byte that is no accepted value type. */
  refuse(byte: number, at: number): Refusal {
    const name = byte === EXNREF ? 'exnref' : REFUSED.get(byte)
    if (name === undefined) return new Refusal('malformed', `has an unknown type 0x${byte.toString(16)}`, at)
    return new Refusal('unsupported', `uses ${name}, which is not accepted`, at)
  }
}
