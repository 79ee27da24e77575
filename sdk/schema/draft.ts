/**
 * Draft: what is to be changed in a message before it is written: numbers, texts, whole bodies and pairs. It answers what
 * cannot be, in sentences that name the key, and writes nothing.
 */
import { textBytes } from '../abi/text.ts'
import type { EncodeProblem } from '../codec.ts'
import type { Message } from '../message.ts'
import type { Edit, Mutation } from '../mutation.ts'
import { hint } from '../nearest.ts'
import { AreaEdits } from './area-edits.ts'
import type { AreaField } from './area-field.ts'
import type { Field } from './field.ts'
import type { SchemaReader } from './property-reader.ts'
import type { Slot } from './slot.ts'

/** What a property or a name of the declaration stands for. */
export interface Target {
  readonly slot: Slot | undefined
  readonly field: Field
  /** Whether filters may set it. */
  readonly writable: boolean
}

export interface Targets {
  /** By property. */
  readonly properties: ReadonlyMap<string, Target>
  /** By the name in the declaration. */
  readonly names: ReadonlyMap<string, Target>
  readonly areas: readonly AreaField[]
  readonly body: Field | undefined
  readonly compressed: Slot | undefined
  readonly reader: SchemaReader
}

export class Draft {
  readonly values = new Map<Slot, bigint>()
  readonly texts = new Map<Field, Buffer>()
  readonly areas = new Map<AreaField, AreaEdits>()
  readonly #targets: Targets
  readonly #message: Message
  /** What was made longest, and so is the first to be named when there is no room. */
  #longest = ''
  #longestUnits = -1

  constructor(targets: Targets, message: Message) {
    this.#targets = targets
    this.#message = message
  }

  /** Takes everything that was recorded over; edits mean the new body when there is one. */
  mutate({ edits, newBody }: Mutation): EncodeProblem | undefined {
    if (newBody !== undefined) {
      const problem = this.body(newBody)
      if (problem !== undefined) return problem
    }
    for (const edit of edits) {
      const problem = this.edit(edit)
      if (problem !== undefined) return problem
    }
    return undefined
  }

  /** A problem with the message as a whole, with the key that is most likely its cause. */
  blamed(problem: EncodeProblem): EncodeProblem {
    if (this.#longest === '') return problem
    return `"${this.#longest}" cannot be changed so: ${problem}`
  }

  body(bytes: Buffer): EncodeProblem | undefined {
    this.#note('body', bytes.length)
    const { body, compressed } = this.#targets
    if (body === undefined) return 'the body cannot be replaced: the protocol has none'
    this.texts.set(body, bytes)
    // What a filter writes is not compressed, whatever the old body was.
    if (compressed !== undefined) this.values.set(compressed, 0n)
    return undefined
  }

  edit({ op, key, value }: Edit): EncodeProblem | undefined {
    this.#note(key, value.length)
    const target = this.#targets.properties.get(key)
    if (target === undefined) return this.#pair(op, key, value)
    if (!target.writable) return `"${key}" cannot be ${done(op)}: it follows from what the message is`
    if (op === 'add') return `"${key}" cannot be added: a message has one`
    if (op === 'remove') return `"${key}" cannot be removed: every message has one`
    return this.#assign(target, key, value)
  }

  /** Sets what a name of the declaration, or a key of an area, stands for; nobody is asked whether it may be set. */
  put(name: string, value: string): EncodeProblem | undefined {
    const target = this.#targets.names.get(name)
    return target === undefined ? this.#pair('set', name, value) : this.#assign(target, name, value)
  }

  #note(key: string, units: number): void {
    if (units <= this.#longestUnits) return
    this.#longest = key
    this.#longestUnits = units
  }

  #assign({ slot, field }: Target, key: string, value: string): EncodeProblem | undefined {
    if (slot !== undefined) {
      const number = slot.parse(value)
      if (number === undefined)
        return `"${key}" cannot be set to ${JSON.stringify(value.slice(0, 40))}: it is ${slot.range}`
      this.values.set(slot, number)
      return undefined
    }
    const bytes = field.text ? textBytes(value) : hexBytes(value)
    if (bytes === undefined)
      return `"${key}" cannot be set to ${JSON.stringify(value.slice(0, 40))}: it is bytes in hex`
    if (field.width > 0 && bytes.length > field.width)
      return `"${key}" cannot be set: ${bytes.length} bytes do not fit into ${field.width}`
    if (field.width > 0 && !field.text && bytes.length < field.width)
      return `"${key}" cannot be set: it has ${field.width} bytes, not ${bytes.length}`
    this.texts.set(field, bytes)
    return undefined
  }

  #pair(op: Edit['op'], key: string, value: string): EncodeProblem | undefined {
    for (const area of this.#targets.areas) {
      const own = area.keyOf(key)
      if (own === undefined) continue
      const edits = this.areas.get(area) ?? this.#edits(area)
      if (typeof edits === 'string') return `"${key}" cannot be ${done(op)}: ${edits}`
      this.areas.set(area, edits)
      edits.apply(op, own, value)
      return undefined
    }
    if (op === 'remove') return undefined
    const known = [...this.#targets.properties].flatMap(([name, { writable }]) => (writable ? [name] : []))
    return `"${key}" cannot be ${done(op)}: the protocol has no place for it${hint(key, known)}`
  }

  /** The pairs as they are, of the new body when that is what they stand in. */
  #edits({ area, field, index }: AreaField): AreaEdits | string {
    const fresh = this.texts.get(field)
    if (fresh !== undefined) {
      const spans = area.scan(fresh, 0, fresh.length)
      return typeof spans === 'string' ? `the new body: ${spans}` : new AreaEdits(area, fresh, spans)
    }
    const message = this.#message
    const spans = this.#targets.reader.spans(message, field, index)
    if (spans === undefined) return message.problem ?? 'it cannot be read'
    return new AreaEdits(area, message.bytes, spans)
  }
}

function done(op: Edit['op']): string {
  return op === 'set' ? 'set' : op === 'add' ? 'added' : 'removed'
}

function hexBytes(text: string): Buffer | undefined {
  return /^([0-9a-fA-F]{2})*$/.test(text) ? Buffer.from(text, 'hex') : undefined
}
