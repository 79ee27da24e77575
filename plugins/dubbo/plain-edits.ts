/**
 * PlainEdits: writes a message with changed attachments in one pass, from the received bytes to the batch. It knows
 * plain maps and what filters do to them all day: setting, adding and removing attachments with short texts. Everything
 * else is planned first ({@link planEdits}); where both can, both come to the same bytes.
 */
import { type ByteWriter, copyBytes, type Edit, type Message, putU32, u8 } from '../../sdk/index.ts'
import { HEADER_SIZE, LENGTH_AT } from './frame.ts'
import { MEDIUM_UNITS_MAX, putString, STRING_BYTES_PER_UNIT, STRING_HEAD_BYTES } from './hessian2-strings.ts'
import { PLAIN_EDITS_MAX, PLAIN_FRAME_BYTES_MAX } from './limits.ts'
import { ABSENT, type PlainMap, TWICE } from './plain-map.ts'
import { bareAttachment } from './properties.ts'

/** What becomes of an edit: it is superseded, gives an entry its new text, appends an entry, or takes one away. */
const NOTHING = 0
const REPLACES = 1
const APPENDS = 2
const TAKES_AWAY = 3

export class PlainEdits {
  /** By the place of the edit: the entry of its key, what becomes of it, and the edit that has its text. */
  readonly #entries = new Int32Array(PLAIN_EDITS_MAX)
  readonly #fates = new Uint8Array(PLAIN_EDITS_MAX)
  readonly #texts = new Uint8Array(PLAIN_EDITS_MAX)
  /** What tells nearly all keys apart at the price of comparing two numbers. */
  readonly #marks = new Int32Array(PLAIN_EDITS_MAX)

  /** Appends the message with its plain map changed; answers where, or -1 when it is not for this way of writing. */
  write(message: Message, map: PlainMap, edits: readonly Edit[], out: ByteWriter): number {
    const room = this.#room(message, edits)
    if (room < 0) return -1
    const changes = this.#decide(message, map, edits)
    if (changes < 0) return -1
    const { bytes, start, end } = message
    const head = out.reserve(room)
    const { buffer } = out
    let at = head
    let from = start
    for (let left = changes; left > 0; left--) {
      const next = this.#nextChange(edits.length, from, map)
      const entry = this.#entries[next] ?? 0
      const replaces = this.#fates[next] === REPLACES
      const until = replaces ? map.valueOf(entry) : map.startOf(entry)
      copyBytes(bytes, from, until, buffer, at)
      at += until - from
      if (replaces) at = putString(buffer, at, this.#text(edits, next))
      from = map.endOf(entry)
    }
    copyBytes(bytes, from, map.closeAt, buffer, at)
    at = this.#append(edits, buffer, at + map.closeAt - from)
    for (from = map.closeAt; from < end; from++) buffer[at++] = u8(bytes, from)
    out.truncate(at)
    putU32(buffer, head + LENGTH_AT, at - head - HEADER_SIZE)
    return head
  }

  /** Bytes that suffice for what is to be written; -1 when an edit is not for this way of writing. */
  #room(message: Message, edits: readonly Edit[]): number {
    const size = message.end - message.start
    if (size > PLAIN_FRAME_BYTES_MAX || edits.length > PLAIN_EDITS_MAX) return -1
    const ofRequest = message.kind !== 'response'
    let units = 0
    for (let i = 0; i < edits.length; i++) {
      const { key, value } = edits[i] ?? NO_EDIT
      if (key.length > MEDIUM_UNITS_MAX || value.length > MEDIUM_UNITS_MAX) return -1
      if (!bareAttachment(key, ofRequest)) return -1
      units += key.length + value.length
    }
    return size + units * STRING_BYTES_PER_UNIT + edits.length * 2 * STRING_HEAD_BYTES
  }

  /**
   * Goes through the edits in their order; each may take up what one before it of the same key has done. Answers how
   * many entries change; -1 when a key has two, which is rare and the business of somebody else.
   */
  #decide(message: Message, map: PlainMap, edits: readonly Edit[]): number {
    const fates = this.#fates
    let found = 0
    for (let i = 0; i < edits.length; i++) {
      const { op, key } = edits[i] ?? NO_EDIT
      const entry = map.find(message.bytes, key)
      if (entry === TWICE) return -1
      if (entry !== ABSENT) found++
      this.#entries[i] = entry
      this.#texts[i] = i
      this.#marks[i] = (key.length << 16) | key.charCodeAt(key.length - 1)
      if (op === 'add') fates[i] = APPENDS
      else fates[i] = op === 'set' ? this.#set(edits, i) : this.#remove(edits, i)
    }
    return found === 0 ? 0 : this.#count(edits.length)
  }

  #set(edits: readonly Edit[], place: number): number {
    const fates = this.#fates
    let live = this.#entries[place] !== ABSENT
    let written = false
    for (let i = 0; i < place; i++) {
      if (fates[i] === NOTHING || !this.#sameKey(edits, i, place)) continue
      if (fates[i] === TAKES_AWAY) live = false
      else if (written || (fates[i] === APPENDS && live)) fates[i] = NOTHING
      else {
        this.#texts[i] = place
        written = true
      }
    }
    if (written) return NOTHING
    return live ? REPLACES : APPENDS
  }

  #remove(edits: readonly Edit[], place: number): number {
    const fates = this.#fates
    let live = this.#entries[place] !== ABSENT
    for (let i = 0; i < place; i++) {
      if (fates[i] === NOTHING || !this.#sameKey(edits, i, place)) continue
      if (fates[i] === TAKES_AWAY) live = false
      else fates[i] = NOTHING
    }
    return live ? TAKES_AWAY : NOTHING
  }

  /** How many edits change an entry. */
  #count(edits: number): number {
    let count = 0
    for (let i = 0; i < edits; i++) if (this.#changes(i)) count++
    return count
  }

  #changes(place: number): boolean {
    const fate = this.#fates[place]
    return fate === REPLACES || fate === TAKES_AWAY
  }

  /** The edit that changes the first entry from this offset on. */
  #nextChange(edits: number, from: number, map: PlainMap): number {
    let found = 0
    let foundAt = Number.POSITIVE_INFINITY
    for (let i = 0; i < edits; i++) {
      if (!this.#changes(i)) continue
      const at = map.startOf(this.#entries[i] ?? 0)
      if (at < from || at >= foundAt) continue
      found = i
      foundAt = at
    }
    return found
  }

  #append(edits: readonly Edit[], buffer: Buffer, start: number): number {
    let at = start
    for (let i = 0; i < edits.length; i++) {
      if (this.#fates[i] !== APPENDS) continue
      at = putString(buffer, at, edits[i]?.key ?? '')
      at = putString(buffer, at, this.#text(edits, i))
    }
    return at
  }

  #sameKey(edits: readonly Edit[], place: number, other: number): boolean {
    return this.#marks[place] === this.#marks[other] && edits[place]?.key === edits[other]?.key
  }

  #text(edits: readonly Edit[], place: number): string {
    return edits[this.#texts[place] ?? place]?.value ?? ''
  }
}

const NO_EDIT: Edit = Object.freeze({ op: 'set', key: '', value: '' })
