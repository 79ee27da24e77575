/**
 * The type section (WebAssembly core specification §5.5.4): function types only. Where each lies is kept, and it is
 * read again when somebody asks: a module may have many more types than anyone looks at.
 */
import { BinaryReader } from './binary-reader.ts'
import type { FunctionType, ValueType } from './facts.ts'
import { NumberList } from './number-list.ts'
import { readEach } from './read-each.ts'
import { Refusal } from './refusal.ts'
import type { TypeShare } from './type-ledger.ts'
import type { ValueTypes } from './value-types.ts'

const TYPES_MAX = 10_000
/** Parameters and results of one function: the engine's limit. */
const VALUES_MAX = 1000

const FUNCTION_FORM = 0x60

export class TypeSpace {
  readonly #bytes: Uint8Array
  readonly #values: ValueTypes
  readonly #share: TypeShare | undefined
  readonly #starts = new NumberList()
  readonly #params = new NumberList()
  readonly #results = new NumberList()
  /** One object per type, however many functions are of it. */
  readonly #read = new Map<number, FunctionType>()

  constructor(bytes: Uint8Array, values: ValueTypes, share?: TypeShare) {
    this.#bytes = bytes
    this.#values = values
    this.#share = share
  }

  get count(): number {
    return this.#starts.count
  }

  /** Reads the section's contents, in steps. */
  *readSection(reader: BinaryReader): Generator<undefined> {
    yield* readEach(reader, reader.count(TYPES_MAX, 'types'), () => {
      this.#starts.push(reader.at)
      this.#skip(reader)
    })
  }

  /** How many parameters a type has. */
  paramCount(index: number): number {
    return this.#params.at(index)
  }

  /** How many results a type has. */
  resultCount(index: number): number {
    return this.#results.at(index)
  }

  /** The index of a type, read where one belongs. */
  readIndex(reader: BinaryReader): number {
    const at = reader.at
    const index = reader.u32()
    if (index >= this.#starts.count)
      throw new Refusal('malformed', `refers to type ${index}, which is not there`, at)
    return index
  }

  /** A type as an object; the index has been checked. */
  get(index: number): FunctionType {
    const had = this.#read.get(index)
    if (had !== undefined) return had
    const reader = new BinaryReader(this.#bytes, this.#starts.at(index) + 1, this.#bytes.length)
    const params = this.#readValues(reader)
    const type = { params, results: this.#readValues(reader) }
    this.#read.set(index, type)
    return type
  }

  #skip(reader: BinaryReader): void {
    const at = reader.at
    const form = reader.byte()
    if (form !== FUNCTION_FORM) throw refuseForm(form, at)
    this.#params.push(this.#skipValues(reader))
    this.#results.push(this.#skipValues(reader))
    this.#enter(at, reader.at)
  }

  #enter(start: number, end: number): void {
    const type = Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + start, end - start)
    const refused = this.#share?.enter(type)
    if (refused !== undefined) throw new Refusal('over_quota', refused, start)
  }

  #skipValues(reader: BinaryReader): number {
    const count = reader.count(VALUES_MAX, 'parameters or results')
    for (let i = 0; i < count; i++) this.#values.read(reader)
    return count
  }

  #readValues(reader: BinaryReader): ValueType[] {
    const values: ValueType[] = []
    const count = reader.count(VALUES_MAX, 'parameters or results')
    for (let i = 0; i < count; i++) values.push(this.#values.read(reader))
    return values
  }
}

/** Structures, arrays, subtypes and recursive groups live in the engine's heap, which no quota here bounds. */
function refuseForm(form: number, at: number): Refusal {
  const text =
    form >= 0x4c && form <= 0x5f ? 'defines a type of garbage collection' : 'defines an unknown kind of type'
  return new Refusal('unsupported', `${text} (0x${form.toString(16)}), which is not accepted`, at)
}
