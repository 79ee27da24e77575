/**
 * IsolateMetadata: messages as authors see them: views of the records of a block, which nothing is read from until somebody
 * asks. There are two, for the message that is handled and for the one beside it. Given as text, like all parts.
 */
import type { abi as Abi } from '../../../../sdk/abi/abi.ts'
import type { IsolateBlock } from './isolate-block.ts'
import type { IsolateEngine } from './isolate-engine.ts'

export interface IsolateMetadataGiven {
  readonly abi: typeof Abi
  readonly engine: IsolateEngine
  readonly block: IsolateBlock
}

/** `at` is where its record begins in the block; 0 while there is none. */
export interface IsolateView {
  at: number
  readonly shows: object
}

export interface IsolateMetadata {
  readonly message: IsolateView
  readonly beside: IsolateView
  /** What was configured, by its number: 0 is the plugin's, the others are those of routes. */
  readonly configs: unknown[]
  /** Remembers a key that is read; false when it was known. */
  declare(key: string): boolean
  forgetKeys(): void
  /** An object with fields that are looked up when they are read. */
  withFields(target: object, fields: Readonly<Record<string, () => unknown>>): object
}

export function isolateMetadata({ abi, engine, block }: IsolateMetadataGiven): IsolateMetadata {
  const { record, recordFlag, property } = abi
  const { BaseError, WrongType, create, defineProperty, freeze, ownKeys, slice, text, bigint } = engine
  const { word: wordAt, text: readText, copy } = block
  const kindNames = engine.namesOf(abi.kind)
  const slots: Record<string, number> = create(null)
  const configs: unknown[] = []
  let slotCount = 0

  function word(view: IsolateView, field: number): number {
    if (view.at === 0) throw new BaseError('metadata can only be read while a message is handled')
    return wordAt(view.at + field)
  }
  function textAt(view: IsolateView, field: number): string {
    const place = word(view, field)
    return place === 0 ? '' : readText(view.at + place, wordAt(view.at + field + 4))
  }
  function flags(view: IsolateView): number {
    return (word(view, record.kind) >>> 8) & 0xff
  }

  // Properties.
  /** The row of a key's first value; 0 when there is none. */
  function rowOf(view: IsolateView, key: unknown): number {
    if (typeof key !== 'string') throw new WrongType('the key is missing: write metadata.get("name")')
    const count = word(view, record.kind) >>> 16
    const slot = slots[key] ?? -1
    let row = view.at + wordAt(view.at + record.propertiesAt)
    for (const end = row + count * property.bytes; row < end; row += property.bytes) {
      const rowSlot = wordAt(row + property.keySize) >>> 16
      if (rowSlot === slot) return row
      if (rowSlot === property.noSlot && keyAt(view, row) === key) return row
    }
    if (slot < 0 && (flags(view) & recordFlag.allKeys) === 0) {
      throw new BaseError(
        `the filter did not say that it reads "${slice(key, 0, 80)}": add it to export const reads`,
      )
    }
    return 0
  }
  function keyAt(view: IsolateView, row: number): string {
    return readText(view.at + wordAt(row), wordAt(row + property.keySize) & 0xffff)
  }
  function valueAt(view: IsolateView, row: number): string {
    return readText(view.at + wordAt(row + property.valueAt), wordAt(row + property.valueSize))
  }
  function rowsEnd(view: IsolateView): number {
    return view.at + word(view, record.propertiesAt) + (word(view, record.kind) >>> 16) * property.bytes
  }
  function getAll(view: IsolateView, key: unknown): string[] {
    const values: string[] = []
    let row = rowOf(view, key)
    if (row === 0) return values
    const first = wordAt(row)
    for (const end = rowsEnd(view); row < end && wordAt(row) === first; row += property.bytes) {
      values[values.length] = valueAt(view, row)
    }
    return values
  }
  function listKeys(view: IsolateView): string[] {
    const found: string[] = []
    let before = -1
    const end = rowsEnd(view)
    for (let row = view.at + word(view, record.propertiesAt); row < end; row += property.bytes) {
      const place = wordAt(row)
      if (place !== before) found[found.length] = keyAt(view, row)
      before = place
    }
    return found
  }

  // Fields.
  function needs(field: string, declaration: string): Error {
    return new BaseError(`metadata.${field} is not here: write export const reads = { ${declaration} }`)
  }
  function requestId(view: IsolateView): string {
    if ((flags(view) & recordFlag.idText) !== 0) return textAt(view, record.idText)
    const high = word(view, record.idHigh)
    const low = word(view, record.idLow)
    return high === 0 ? text(low) : text((bigint(high) << 32n) | bigint(low))
  }
  function bodyOf(view: IsolateView): Uint8Array {
    if ((flags(view) & recordFlag.body) === 0) throw needs('body', 'body: true')
    return copy(view.at + word(view, record.body), word(view, record.body + 4))
  }
  function operationOf(view: IsolateView): string {
    if (word(view, record.operation) === 0) throw needs('operation', 'operation: true')
    return textAt(view, record.operation)
  }
  function requestBeside(): object {
    if (beside.at === 0) throw needs('request', 'request: true')
    return beside.shows
  }
  function viewFields(view: IsolateView): Record<string, () => unknown> {
    return {
      operation: () => operationOf(view),
      requestId: () => requestId(view),
      status: () => word(view, record.status) | 0,
      size: () => word(view, record.headerSize) + word(view, record.bodySize),
      headerSize: () => word(view, record.headerSize),
      bodySize: () => word(view, record.bodySize),
      streamId: () => word(view, record.streamId),
      listener: () => textAt(view, record.listener),
      peer: () => textAt(view, record.peer),
      protocol: () => textAt(view, record.protocol),
      kind: () => kindNames[word(view, record.kind) & 0xff] ?? '',
      problem: () => (word(view, record.problem) === 0 ? undefined : textAt(view, record.problem)),
      body: () => bodyOf(view),
      config: () => configs[(flags(view) & recordFlag.config) === 0 ? 0 : word(view, record.config)],
    }
  }
  function withFields(target: object, fields: Readonly<Record<string, () => unknown>>): object {
    for (const name of ownKeys(fields)) {
      const get = fields[name]
      if (get !== undefined) defineProperty(target, name, { get, enumerable: true })
    }
    return freeze(target)
  }
  function viewing(more: Readonly<Record<string, () => unknown>>): IsolateView {
    const target = {}
    const view: IsolateView = { at: 0, shows: target }
    const methods: Record<string, unknown> = {
      get: (key: unknown) => {
        const row = rowOf(view, key)
        return row === 0 ? undefined : valueAt(view, row)
      },
      getAll: (key: unknown) => getAll(view, key),
      has: (key: unknown) => rowOf(view, key) !== 0,
      keys: () => listKeys(view),
    }
    for (const name of ownKeys(methods)) defineProperty(target, name, { value: freeze(methods[name]) })
    withFields(target, { ...viewFields(view), ...more })
    return view
  }
  const beside = viewing({})
  const message = viewing({ request: requestBeside })

  return {
    message,
    beside,
    configs,
    declare: (key) => {
      if (slots[key] !== undefined) return false
      slots[key] = slotCount++
      return true
    },
    forgetKeys: () => {
      for (const key of ownKeys(slots)) delete slots[key]
      slotCount = 0
    },
    withFields,
  }
}
