/**
 * AttachmentEdits: what becomes of each entry of one map when edits are applied in their order. Entries that no
 * edit names stay as the bytes they are, in their places; new ones follow the last.
 */
import type { Message } from '../../sdk/index.ts'
import type { Attachments } from './attachments.ts'
import type { BodyFormat } from './body-format.ts'
import type { BodyPlan } from './body-plan.ts'

/** What becomes of an entry: it stays, it goes, or its value becomes a text. */
type Fate = 'stay' | 'go' | { readonly text: string }

export class AttachmentEdits {
  readonly #message: Message
  readonly #format: BodyFormat
  readonly #attachments: Attachments
  /** By the entry's place in the map; what is missing stays. Made when the first entry changes. */
  #fates: Map<number, Fate> | undefined = undefined
  #added: { readonly key: string; text: string }[] = []

  constructor(message: Message, format: BodyFormat, attachments: Attachments) {
    this.#message = message
    this.#format = format
    this.#attachments = attachments
  }

  /** Whether a map has to be written where there is none. */
  get opensMap(): boolean {
    return this.#attachments.bounds.closeAt < 0 && this.#added.length > 0
  }

  set(key: string, text: string): void {
    let written = false
    for (let place = this.#find(key, 0); place >= 0; place = this.#find(key, place + 3)) {
      this.#decide(place, written ? 'go' : { text })
      written = true
    }
    if (this.#added.length > 0) written = this.#setAdded(key, text, written)
    if (!written) this.#added.push({ key, text })
  }

  /** Sets what is there and adds nothing. */
  replace(key: string, text: string): void {
    if (this.has(key)) this.set(key, text)
  }

  add(key: string, text: string): void {
    this.#added.push({ key, text })
  }

  remove(key: string): void {
    for (let place = this.#find(key, 0); place >= 0; place = this.#find(key, place + 3))
      this.#decide(place, 'go')
    this.#added = this.#added.filter((entry) => entry.key !== key)
  }

  has(key: string): boolean {
    return this.#find(key, 0) >= 0 || this.#added.some((entry) => entry.key === key)
  }

  /**
   * An entry that cannot be changed, as its key. Objects, lists and maps are numbered in wire order and later
   * values point at these numbers: taking one away would make them mean something else.
   */
  get stuck(): string | undefined {
    const { spans } = this.#attachments
    const { bytes } = this.#message
    if (this.#fates === undefined) return undefined
    let stuck: number | undefined
    for (let place = 0; place < spans.length; place += 3) {
      const valueAt = spans[place + 1] ?? 0
      const stays = (this.#fates.get(place) ?? 'stay') === 'stay'
      if (!stays) {
        if (this.#format.numbered(bytes, valueAt, spans[place + 2] ?? 0)) stuck ??= place
      } else if (stuck !== undefined) {
        const keyNumbered = this.#format.numbered(bytes, spans[place] ?? 0, valueAt)
        if (keyNumbered || this.#format.numbered(bytes, valueAt, spans[place + 2] ?? 0)) {
          return this.#format.keyText(bytes, spans[stuck] ?? 0, spans[stuck + 1] ?? 0)
        }
      }
    }
    return undefined
  }

  /** Plans the body from `from` up to the end of the map; answers where the rest of the old body begins. */
  plan(plan: BodyPlan, from: number): number {
    const { bounds, spans } = this.#attachments
    const inPlace = bounds.closeAt >= 0
    if (!inPlace && this.#added.length === 0) return from
    let sizePlace = -1
    plan.copy(from, bounds.at)
    if (this.#format.sized) sizePlace = plan.reserveSize()
    const before = plan.size
    let at = bounds.at + (this.#format.sized ? 4 : 0)
    if (!inPlace) plan.byte(this.#format.open)
    for (let place = 0; place < spans.length; place += 3) {
      const fate = this.#fates?.get(place)
      if (fate === undefined || fate === 'stay') continue
      plan.copy(at, spans[place + (fate === 'go' ? 0 : 1)] ?? 0)
      if (fate !== 'go') plan.text(fate.text)
      at = spans[place + 2] ?? 0
    }
    if (inPlace) plan.copy(at, bounds.closeAt)
    for (const { key, text } of this.#added) {
      plan.text(key)
      plan.text(text)
    }
    if (inPlace) plan.copy(bounds.closeAt, bounds.end)
    else plan.byte(this.#format.close)
    if (sizePlace >= 0) plan.setSize(sizePlace, plan.size - before)
    return bounds.end
  }

  /** The place of the next entry of the key that has not gone, or -1. */
  #find(key: string, from: number): number {
    const { spans } = this.#attachments
    for (let place = from; place < spans.length; place += 3) {
      const same = this.#format.sameKey(this.#message.bytes, spans[place] ?? 0, spans[place + 1] ?? 0, key)
      if (same && this.#fates?.get(place) !== 'go') return place
    }
    return -1
  }

  #decide(place: number, fate: Fate): void {
    this.#fates ??= new Map()
    this.#fates.set(place, fate)
  }

  /** Sets the first of the key that was added, if none is written yet, and drops the others. */
  #setAdded(key: string, text: string, before: boolean): boolean {
    let written = before
    this.#added = this.#added.filter((entry) => {
      if (entry.key !== key) return true
      if (written) return false
      entry.text = text
      written = true
      return true
    })
    return written
  }
}
