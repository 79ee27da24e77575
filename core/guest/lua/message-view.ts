/**
 * MessageView: what `metadata` answers a guest, read from the block's record where it lies in the interpreter's memory,
 * and only when it is asked for. The functions are Lua's; each finds its arguments on the stack of the state that
 * calls it.
 */
import { abi } from '../../../sdk/abi/abi.ts'
import type { HostFunction } from './host-functions.ts'
import type { Interpreter } from './interpreter.ts'
import { type KnownTexts, REGISTRY } from './known-texts.ts'
import type { LuaStack } from './lua-stack.ts'
import { NamedFields } from './named-fields.ts'
import { numberedNames } from './numbered-names.ts'

const { record, recordFlag, property } = abi
const ROWS_MAX = 1_024
/** What it costs the guest, in fuel, that rows are looked through beyond a few, and that a key is compared byte by byte. */
const ROWS_FREE = 16
const ROW_COST = 50
const COMPARED_COST = 3_000
const COMPARED_BYTE_COST = 4
const NO_SLOT = property.noSlot
/** Values of so many declared keys are kept as the texts of Lua that they became, where they are short: mostly they come again. */
export const VALUES_KEPT = 16
const KEPT_BYTES_MAX = 40

/** Where in the registry the table is that shows the record beside this one. */
export const COMPANION_KEPT = 900n
/** Where the configurations are, by their numbers. */
export const CONFIGS_KEPT = 1_000_000n

const fieldNames = [
  'operation',
  'requestId',
  'status',
  'size',
  'listener',
  'peer',
  'protocol',
  'kind',
  'headerSize',
  'bodySize',
  'streamId',
  'body',
  'problem',
  'request',
  'config',
] as const
const kindNames = numberedNames(abi.kind)
const known = ['get', 'getAll', 'has', 'keys', ...fieldNames].join(', ')

export class MessageView {
  /** Lua functions: `get`, `getAll`, `has`, `keys`, and the one that answers fields. */
  readonly functions: readonly HostFunction[] = [
    (state) => this.#getFirst(state),
    (state) => this.#getAll(state),
    (state) => this.#has(state),
    (state) => this.#listKeys(state),
    (state) => this.#field(state),
  ]
  readonly #interpreter: Interpreter
  readonly #stack: LuaStack
  readonly #keys: KnownTexts
  /** The first of the places of the stack where values are kept. */
  readonly #kept: number
  readonly #fields: NamedFields<(typeof fieldNames)[number]>
  /** The view of the record beside this one: a reply's request. */
  readonly #companion: MessageView | undefined
  /** Where the record is; 0 while there is none. */
  #at = 0

  constructor(parts: {
    readonly interpreter: Interpreter
    readonly stack: LuaStack
    readonly keys: KnownTexts
    readonly kept: number
    readonly companion: MessageView | undefined
  }) {
    const { interpreter, companion } = parts
    this.#interpreter = interpreter
    this.#stack = parts.stack
    this.#keys = parts.keys
    this.#kept = parts.kept
    this.#companion = companion
    this.#fields = new NamedFields(interpreter, fieldNames, companion === undefined ? 1 : 2)
  }

  get shown(): boolean {
    return this.#at !== 0
  }

  /** Shows another record, or none. */
  show(at: number): void {
    this.#at = at
  }

  #getFirst(state: number): number {
    const interpreter = this.#interpreter
    const row = this.#rowOfArgument(state)
    if (row === 0) interpreter.calls.lua_pushnil(state)
    else this.#pushValue(state, row)
    return 1
  }

  #getAll(state: number): number {
    const interpreter = this.#interpreter
    const { calls } = interpreter
    let row = this.#rowOfArgument(state)
    calls.lua_createtable(state, 0, 0)
    if (row === 0) return 1
    const keyAt = interpreter.words[row >>> 2]
    const end = this.#rowsEnd()
    for (let index = 1n; row < end && interpreter.words[row >>> 2] === keyAt; index++) {
      this.#pushValue(state, row)
      calls.lua_rawseti(state, -2, index)
      row += property.bytes
    }
    return 1
  }

  #has(state: number): number {
    this.#interpreter.calls.lua_pushboolean(state, this.#rowOfArgument(state) === 0 ? 0 : 1)
    return 1
  }

  #listKeys(state: number): number {
    const { calls, words } = this.#interpreter
    calls.lua_createtable(state, 0, 0)
    const end = this.#rowsEnd()
    let before = -1
    let index = 1n
    for (let row = this.#firstRow(); row < end; row += property.bytes) {
      const keyAt = words[row >>> 2] ?? 0
      if (keyAt === before) continue
      before = keyAt
      calls.lua_pushlstring(state, this.#at + keyAt, keySizeOf(words, row))
      calls.lua_rawseti(state, -2, index++)
    }
    return 1
  }

  /** The first row of the key that the guest names; 0 when there is none. `metadata:get(key)` means the same. */
  #rowOfArgument(state: number): number {
    const interpreter = this.#interpreter
    const stack = this.#stack
    let key = stack.text(state, 1)
    if (key === 0) {
      key = stack.text(state, 2)
      if (key === 0) interpreter.raise(state, 'the key is missing: write metadata.get("name")')
    }
    const { words } = interpreter
    const size = stack.textBytes
    if (this.#at === 0) interpreter.raise(state, 'metadata can only be read while a message is handled')
    const slot = this.#keys.find(key, size)
    const end = this.#rowsEnd()
    const first = this.#firstRow()
    for (let row = first; row < end; row += property.bytes) {
      const wordOfSlot = words[(row + property.keySize) >>> 2] ?? 0
      const rowSlot = wordOfSlot >>> 16
      if (rowSlot === slot) return this.#walked(first, row, row)
      if (rowSlot === NO_SLOT && (wordOfSlot & 0xffff) === size && this.#same(row, key, size))
        return this.#walked(first, row, row)
    }
    this.#walked(first, end, 0)
    if (slot < 0 && (this.#flags() & recordFlag.allKeys) === 0) {
      const name = interpreter.bytes.toString('utf8', key, key + Math.min(size, 80))
      interpreter.raise(
        state,
        `the filter did not say that it reads "${name}": add it to the global table "reads"`,
      )
    }
    return 0
  }

  /** Answers what was found; looking through a message of many properties is paid for. */
  #walked(first: number, last: number, found: number): number {
    const rows = (last - first) / property.bytes
    if (rows > ROWS_FREE) this.#interpreter.charge(rows * ROW_COST)
    return found
  }

  #same(row: number, key: number, size: number): boolean {
    const { words, bytes } = this.#interpreter
    this.#interpreter.charge(COMPARED_COST + size * COMPARED_BYTE_COST)
    const at = this.#at + (words[row >>> 2] ?? 0)
    return bytes.compare(bytes, key, key + size, at, at + size) === 0
  }

  #pushValue(state: number, row: number): void {
    const { ints } = this.#interpreter
    const at = (this.#at + (ints[(row + property.valueAt) >>> 2] ?? 0)) | 0
    const size = ints[(row + property.valueSize) >>> 2] ?? 0
    const slot = (ints[(row + property.keySize) >>> 2] ?? 0) >>> 16
    if (slot >= VALUES_KEPT || !this.#stack.pushKept(state, this.#kept + slot, at, size))
      this.#pushNew(state, at, size, slot)
  }

  #pushNew(state: number, at: number, size: number, slot: number): void {
    this.#interpreter.calls.lua_pushlstring(state, at, size)
    if (slot < VALUES_KEPT && size <= KEPT_BYTES_MAX) this.#stack.keepTop(state, this.#kept + slot)
  }

  #firstRow(): number {
    return this.#at + this.#word(record.propertiesAt)
  }

  #rowsEnd(): number {
    if (this.#at === 0) return 0
    const count = Math.min(this.#word(record.kind) >>> 16, ROWS_MAX)
    return this.#firstRow() + count * property.bytes
  }

  #flags(): number {
    return (this.#word(record.kind) >>> 8) & 0xff
  }

  /** Which configuration holds; 0 where there is only one. */
  #config(): number {
    return (this.#flags() & recordFlag.config) === 0 ? 0 : this.#word(record.config)
  }

  #word(field: number): number {
    return this.#interpreter.words[(this.#at + field) >>> 2] ?? 0
  }

  #text(state: number, field: number): number {
    const interpreter = this.#interpreter
    interpreter.calls.lua_pushlstring(state, this.#at + this.#word(field), this.#word(field + 4))
    return 1
  }

  #number(state: number, value: number): number {
    this.#interpreter.calls.lua_pushinteger(state, BigInt(value))
    return 1
  }

  /** `__index` of the table: the second argument is the name of the field. */
  #field(state: number): number {
    const interpreter = this.#interpreter
    const { calls } = interpreter
    const field = this.#fields.argument(state)
    if (this.#at === 0) interpreter.raise(state, 'metadata can only be read while a message is handled')
    switch (field) {
      case 'operation':
        if (this.#word(record.operation) === 0)
          interpreter.raise(state, needs('operation', 'operation = true'))
        return this.#text(state, record.operation)
      case 'requestId':
        return this.#requestId(state)
      case 'status':
        return this.#number(state, this.#word(record.status) | 0)
      case 'size':
        return this.#number(state, this.#word(record.headerSize) + this.#word(record.bodySize))
      case 'listener':
        return this.#text(state, record.listener)
      case 'peer':
        return this.#text(state, record.peer)
      case 'protocol':
        return this.#text(state, record.protocol)
      case 'kind':
        interpreter.pushText(state, kindNames[this.#word(record.kind) & 0xff] ?? '')
        return 1
      case 'headerSize':
        return this.#number(state, this.#word(record.headerSize))
      case 'bodySize':
        return this.#number(state, this.#word(record.bodySize))
      case 'streamId':
        return this.#number(state, this.#word(record.streamId))
      case 'body':
        if ((this.#flags() & recordFlag.body) === 0) interpreter.raise(state, needs('body', 'body = true'))
        return this.#text(state, record.body)
      case 'problem':
        if (this.#word(record.problem) !== 0) return this.#text(state, record.problem)
        calls.lua_pushnil(state)
        return 1
      case 'request':
        if (this.#companion?.shown !== true) interpreter.raise(state, needs('request', 'request = true'))
        calls.lua_rawgeti(state, REGISTRY, COMPANION_KEPT)
        return 1
      case 'config':
        calls.lua_rawgeti(state, REGISTRY, CONFIGS_KEPT + BigInt(this.#config()))
        return 1
      default:
        return interpreter.raise(state, `metadata has no such field; known: ${known}`)
    }
  }

  /** As a text of decimals, exact to 64 bits. */
  #requestId(state: number): number {
    if ((this.#flags() & recordFlag.idText) !== 0) return this.#text(state, record.idText)
    const high = this.#word(record.idHigh)
    const low = this.#word(record.idLow)
    this.#interpreter.pushText(state, high === 0 ? String(low) : String((BigInt(high) << 32n) | BigInt(low)))
    return 1
  }
}

function keySizeOf(words: Uint32Array, row: number): number {
  return (words[(row + property.keySize) >>> 2] ?? 0) & 0xffff
}

function needs(field: string, declaration: string): string {
  return `metadata.${field} is not here: say reads = { ${declaration} }`
}
