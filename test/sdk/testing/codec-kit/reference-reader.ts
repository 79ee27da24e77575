/** Reads the properties of the reference protocol, rightly or with one of its defects. */
import type { Message, PropertyReader } from '../../../../sdk/index.ts'
import type { Defect } from './defects.ts'
import { HEADER_SIZE, PROPERTIES_SIZE_AT, type Property } from './reference-frame.ts'

export class ReferenceReader implements PropertyReader {
  readonly protocol = 'reference'
  readonly #defect: Defect | undefined

  constructor(defect: Defect | undefined) {
    this.#defect = defect
  }

  get(message: Message, key: string): string | readonly string[] | undefined {
    const found = this.properties(message).flatMap(([name, value]) =>
      name === key ? [this.#read(value)] : [],
    )
    return found.length > 1 ? found : found[0]
  }

  keys(message: Message): readonly string[] {
    const keys = [...new Set(this.properties(message).map(([key]) => key))]
    if (this.#defect === 'lists keys twice') return [...keys, ...keys]
    return this.#defect === 'hides the first key' ? keys.slice(1) : keys
  }

  operation(message: Message): string {
    const operation = this.get(message, 'operation')
    return typeof operation === 'string' ? operation : ''
  }

  body(message: Message): Buffer {
    const size = message.bytes.readUInt16BE(message.start + PROPERTIES_SIZE_AT)
    const at = message.start + HEADER_SIZE + size
    const from = this.#defect === 'counts the last property to the body' && size > 0 ? at - 1 : at
    return message.bytes.subarray(from, message.end)
  }

  /** Everything up to what makes no sense. */
  properties(message: Message): readonly Property[] {
    const { bytes, start } = message
    let at = start + HEADER_SIZE
    const end = at + bytes.readUInt16BE(start + PROPERTIES_SIZE_AT)
    const properties: Property[] = []
    while (at < end) {
      const keyEnd = at + 1 + (bytes[at] ?? 0)
      if (this.#defect === 'reads beyond the properties') bytes.readUInt16BE(keyEnd)
      if (keyEnd + 2 > end) break
      const valueEnd = keyEnd + 2 + bytes.readUInt16BE(keyEnd)
      if (valueEnd > end) break
      properties.push([bytes.toString('utf8', at + 1, keyEnd), bytes.toString('utf8', keyEnd + 2, valueEnd)])
      at = valueEnd
    }
    return properties
  }

  #read(value: string): string {
    if (this.#defect === 'lower-cases values') return value.toLowerCase()
    return this.#defect === 'trims values' ? value.trim() : value
  }
}
