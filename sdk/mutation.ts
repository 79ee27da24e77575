/**
 * Mutation: the ordered edits that filters recorded for one message. A filter records and never applies; the
 * codec applies all of them when the message is encoded, or names the first that its protocol cannot carry.
 */

/** `set` replaces every value of the key, `add` appends one, `remove` takes all away (`value` is then empty). */
export interface Edit {
  readonly op: 'set' | 'add' | 'remove'
  readonly key: string
  readonly value: string
}

export class Mutation {
  #edits: Edit[] | undefined = undefined
  #body: Buffer | undefined = undefined

  /** Whether nothing was recorded: the message then leaves as the bytes it came in as. */
  get empty(): boolean {
    return this.#edits === undefined && this.#body === undefined
  }

  /** The edits in the order in which they were recorded. */
  get edits(): readonly Edit[] {
    return this.#edits ?? NO_EDITS
  }

  /** The replacement for the whole body, if one was recorded; the last one wins. */
  get newBody(): Buffer | undefined {
    return this.#body
  }

  /** Whether an edit names the key. */
  touches(key: string): boolean {
    const edits = this.#edits
    if (edits === undefined) return false
    for (let i = 0; i < edits.length; i++) if (edits[i]?.key === key) return true
    return false
  }

  set(key: string, value: string): void {
    this.#record({ op: 'set', key, value })
  }

  add(key: string, value: string): void {
    this.#record({ op: 'add', key, value })
  }

  remove(key: string): void {
    this.#record({ op: 'remove', key, value: '' })
  }

  /** Records an edit as it was recorded before, of this message or another. */
  repeat(edit: Edit): void {
    this.#record(edit)
  }

  /** Replaces the body, which is the protocol's own: what that is, each codec's README says. */
  body(bytes: Buffer): void {
    if (!Buffer.isBuffer(bytes)) throw new TypeError('a body is a Buffer')
    this.#body = bytes
  }

  /** Authors in JavaScript are not held to the types; what is wrong is their failure here, and the codec's later. */
  #record(edit: Edit): void {
    if (typeof edit.key !== 'string' || typeof edit.value !== 'string')
      throw new TypeError(`the value of ${String(edit.key)} is a ${typeof edit.value} and no string`)
    if (this.#edits === undefined) this.#edits = [edit]
    else this.#edits.push(edit)
  }
}

const NO_EDITS: readonly Edit[] = Object.freeze([])
