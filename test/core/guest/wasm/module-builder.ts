/**
 * Assembles a module section by section, in the order of the specification (§5.5). Indices are answered as things
 * are added; imports have to be added before what the module defines itself.
 */
import { nameBytes, PREAMBLE, section, signed, unsigned, vector } from './encode.ts'
import { op } from './op.ts'

type Bytes = readonly number[]

export class ModuleBuilder {
  readonly #types: number[][] = []
  readonly #imports: number[][] = []
  readonly #functions: number[][] = []
  readonly #tables: number[][] = []
  readonly #memories: number[][] = []
  readonly #tags: number[][] = []
  readonly #globals: number[][] = []
  readonly #exports: number[][] = []
  readonly #elements: number[][] = []
  readonly #bodies: number[][] = []
  readonly #data: number[][] = []
  readonly #customs: number[] = []
  #start: number | undefined = undefined
  #functionCount = 0
  #globalCount = 0

  type(params: Bytes, results: Bytes): number {
    const bytes = [0x60, ...unsigned(params.length), ...params, ...unsigned(results.length), ...results]
    return this.#types.push(bytes) - 1
  }

  /** Any import: `description` is the kind byte and what follows it (§5.5.5). */
  import(module: string, name: string, description: Bytes): void {
    this.#imports.push([...nameBytes(module), ...nameBytes(name), ...description])
  }

  importFunction(module: string, name: string, params: Bytes, results: Bytes): number {
    this.import(module, name, [0x00, ...unsigned(this.type(params, results))])
    return this.#functionCount++
  }

  importGlobal(module: string, name: string, type: number, mutable: boolean): number {
    this.import(module, name, [0x03, type, mutable ? 1 : 0])
    return this.#globalCount++
  }

  /** A function; `locals` are value types, one local each, and the body's last `end` is added here. */
  function(params: Bytes, results: Bytes, code: Bytes, locals: Bytes = []): number {
    return this.functionOfType(this.type(params, results), code, locals)
  }

  functionOfType(type: number, code: Bytes, locals: Bytes = []): number {
    this.#functions.push(unsigned(type))
    const body = [...vector(locals.map((local) => [1, local])), ...code, op.end]
    this.#bodies.push([...unsigned(body.length), ...body])
    return this.#functionCount++
  }

  /** A function that is exported as well. */
  exportedFunction(name: string, params: Bytes, results: Bytes, code: Bytes, locals: Bytes = []): number {
    const index = this.function(params, results, code, locals)
    this.export(name, 0x00, index)
    return index
  }

  table(type: number, min: number, max?: number): void {
    this.#tables.push([type, ...limits(min, max)])
  }

  memory(min: number, max?: number): void {
    this.#memories.push(limits(min, max))
  }

  /** A table or memory given by its bytes, for the forms that are refused. */
  rawTable(bytes: Bytes): void {
    this.#tables.push([...bytes])
  }

  rawMemory(bytes: Bytes): void {
    this.#memories.push([...bytes])
  }

  rawType(bytes: Bytes): number {
    return this.#types.push([...bytes]) - 1
  }

  tag(params: Bytes): void {
    this.#tags.push([0x00, ...unsigned(this.type(params, []))])
  }

  global(type: number, mutable: boolean, init: Bytes): number {
    this.#globals.push([type, mutable ? 1 : 0, ...init, op.end])
    return this.#globalCount++
  }

  export(name: string, kind: number, index: number): void {
    this.#exports.push([...nameBytes(name), kind, ...unsigned(index)])
  }

  start(index: number): void {
    this.#start = index
  }

  /** An active segment of functions in table 0 (§5.5.12). */
  element(offset: number, functions: readonly number[]): void {
    const items = functions.map((index) => unsigned(index))
    this.#elements.push([0x00, op.i32Const, ...signed(offset), op.end, ...vector(items)])
  }

  rawElement(bytes: Bytes): void {
    this.#elements.push([...bytes])
  }

  data(offset: number, bytes: Bytes): void {
    this.#data.push([0x00, op.i32Const, ...signed(offset), op.end, ...unsigned(bytes.length), ...bytes])
  }

  passiveData(bytes: Bytes): void {
    this.#data.push([0x01, ...unsigned(bytes.length), ...bytes])
  }

  custom(name: string, contents: Bytes): void {
    this.#customs.push(...section(0, [...nameBytes(name), ...contents]))
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const bytes: number[] = [...PREAMBLE]
    const add = (id: number, items: readonly number[][]) => {
      if (items.length > 0) for (const byte of section(id, vector(items))) bytes.push(byte)
    }
    add(1, this.#types)
    add(2, this.#imports)
    add(3, this.#functions)
    add(4, this.#tables)
    add(5, this.#memories)
    add(13, this.#tags)
    add(6, this.#globals)
    add(7, this.#exports)
    if (this.#start !== undefined) bytes.push(...section(8, unsigned(this.#start)))
    add(9, this.#elements)
    if (this.#data.length > 0) bytes.push(...section(12, unsigned(this.#data.length)))
    add(10, this.#bodies)
    add(11, this.#data)
    for (const byte of this.#customs) bytes.push(byte)
    return new Uint8Array(bytes)
  }
}

function limits(min: number, max: number | undefined): number[] {
  return max === undefined ? [0x00, ...unsigned(min)] : [0x01, ...unsigned(min), ...unsigned(max)]
}
