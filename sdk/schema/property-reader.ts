/**
 * SchemaReader: reads the properties of a declared protocol: fields and bits under their names, then the keys of its
 * areas. Each field's reader is chosen once; areas are looked at when a key of theirs is asked for.
 */
import { u8 } from '../bytes.ts'
import type { Message, PropertyReader } from '../message.ts'
import { type Area, SPAN, type Spans } from './area.ts'
import { type AreaField, areaNotes } from './area-field.ts'
import type { Field } from './field.ts'
import type { View } from './view.ts'

/** What a field says in a message; `undefined` when the message has none. */
export type FieldReader = (message: Message) => string | undefined

export interface ReaderParts {
  readonly protocol: string
  readonly view: View
  /** By property, in wire order. */
  readonly fields: ReadonlyMap<string, FieldReader>
  readonly areas: readonly AreaField[]
  readonly body: Field | undefined
  /** Tells whether the body is compressed, where frames say so. */
  readonly compressed: ((message: Message) => boolean) | undefined
  /** Texts and, in odd places, names of properties. */
  readonly operation: readonly string[]
}

const NO_BODY = Buffer.alloc(0)

export class SchemaReader implements PropertyReader {
  readonly protocol: string
  readonly #parts: ReaderParts
  readonly #fields: ReadonlyMap<string, FieldReader>
  readonly #areas: readonly AreaField[]

  constructor(parts: ReaderParts) {
    this.protocol = parts.protocol
    this.#parts = parts
    this.#fields = parts.fields
    this.#areas = parts.areas
  }

  get(message: Message, key: string): string | readonly string[] | undefined {
    const field = this.#fields.get(key)
    if (field !== undefined) return field(message)
    for (const area of this.#areas) {
      const own = area.keyOf(key)
      if (own !== undefined) return this.#ofArea(message, area, own)
    }
    return undefined
  }

  keys(message: Message): readonly string[] {
    const keys = new Set(
      [...this.#fields.keys()].filter((key) => this.#fields.get(key)?.(message) !== undefined),
    )
    for (const { area, prefix, field, index } of this.#areas.toSorted((a, b) => a.index - b.index)) {
      const spans = this.spans(message, field, index) ?? []
      for (let span = 0; span < spans.length; span += SPAN)
        keys.add(prefix + area.keyText(message.bytes, spans[span + 2] ?? 0, spans[span + 3] ?? 0))
    }
    return [...keys]
  }

  operation(message: Message): string {
    const { operation } = this.#parts
    if (operation.length === 0 || (message.kind !== 'request' && message.kind !== 'oneway')) return ''
    let text = ''
    for (let index = 0; index < operation.length; index++) {
      const piece = operation[index] ?? ''
      if (index % 2 === 0) text += piece
      else {
        const value = this.get(message, piece)
        text += (typeof value === 'object' ? value[0] : value) ?? ''
      }
    }
    return text
  }

  body(message: Message): Buffer {
    const { body, view } = this.#parts
    if (body === undefined || !view.locate(message, body)) return NO_BODY
    return message.bytes.subarray(view.from, view.to)
  }

  /** The pairs of an area; `undefined` when there is none to be read, and then the message's problem says why. */
  spans(message: Message, field: Field, index: number): Spans | undefined {
    const notes = areaNotes(message)
    const known = notes.spans[index]
    if (known !== undefined) return known
    const area = this.#areas.find((each) => each.index === index)?.area
    const found = area === undefined ? [] : this.#scan(message, field, area)
    if (typeof found !== 'string') notes.spans[index] = found
    else message.problem ??= found
    return notes.spans[index]
  }

  #scan(message: Message, field: Field, area: AreaField['area']): Spans | string {
    const { body, compressed, view } = this.#parts
    if (field === body && compressed?.(message) === true) return `"${field.name}" is compressed`
    if (!view.locate(message, field)) return []
    const found = area.scan(message.bytes, view.from, view.to)
    return typeof found === 'string' ? `"${field.name}" cannot be read: ${found}` : found
  }

  #ofArea(
    message: Message,
    { area, field, index }: AreaField,
    key: string,
  ): string | readonly string[] | undefined {
    const spans = this.spans(message, field, index)
    if (spans === undefined) return undefined
    let value: string | readonly string[] | undefined
    for (let span = 0; span < spans.length; span += SPAN) {
      const [keyAt = 0, keyEnd = 0] = [spans[span + 2], spans[span + 3]]
      if (!sameKey(area, message.bytes, keyAt, keyEnd, key)) continue
      const text = area.valueText(message.bytes, spans[span + 4] ?? 0, spans[span + 5] ?? 0)
      if (value === undefined) value = text
      else value = typeof value === 'string' ? [value, text] : [...value, text]
    }
    return value
  }
}

/** Whether a key is this one: by its bytes as far as they are ASCII and mean themselves. */
function sameKey(area: Area, bytes: Buffer, start: number, end: number, key: string): boolean {
  if (!area.exact) return area.keyText(bytes, start, end) === key
  for (let at = start; at < end; at++) {
    const byte = u8(bytes, at)
    const unit = key.charCodeAt(at - start)
    if (byte > 0x7f || unit > 0x7f) return area.keyText(bytes, start, end) === key
    if (byte !== unit) return false
  }
  return end - start === key.length
}
