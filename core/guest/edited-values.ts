/**
 * EditedValues: what the keys of a message read as that filters have changed, for whoever reads all of them: each edit is
 * looked at once.
 */
import type { Edit, Message } from '../../sdk/index.ts'

export class EditedValues {
  /** The keys that were set or added, in the order in which they first were. */
  readonly given = new Set<string>()
  readonly #values = new Map<string, string[]>()
  readonly #message: Message

  constructor(message: Message) {
    this.#message = message
    for (const edit of message.mutation?.edits ?? []) this.#apply(edit)
  }

  /** The values of a key; `undefined` where nobody has changed it. */
  of(key: string): readonly string[] | undefined {
    return this.#values.get(key)
  }

  #apply({ op, key, value }: Edit): void {
    if (op === 'remove') {
      this.#values.set(key, [])
      return
    }
    this.given.add(key)
    if (op === 'set') this.#values.set(key, [value])
    else this.#valuesOf(key).push(value)
  }

  #valuesOf(key: string): string[] {
    const known = this.#values.get(key)
    if (known !== undefined) return known
    const wire = this.#message.reader.get(this.#message, key) ?? []
    const values = typeof wire === 'string' ? [wire] : [...wire]
    this.#values.set(key, values)
    return values
  }
}
