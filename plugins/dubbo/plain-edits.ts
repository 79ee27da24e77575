/**
 * PlainEdits: writes a message with changed attachments in one pass, from the received bytes to the batch. It knows
 * plain maps and what filters do to them all day: setting, adding and removing attachments with short texts. Everything
 * else is planned first ({@link planEdits}); where both can, both come to the same bytes.
 */
import { type ByteWriter, copyBytes, type Edit, type Message, putU32, u8, u32 } from '../../sdk/index.ts'
import { BatchViews } from './batch-views.ts'
import type { ChunkView } from './chunk-view.ts'
import { copyWords } from './copy-words.ts'
import { EntryRun } from './entry-run.ts'
import { HEADER_SIZE, LENGTH_AT } from './frame.ts'
import { MEDIUM_UNITS_MAX, putString, STRING_BYTES_PER_UNIT, STRING_HEAD_BYTES } from './hessian2-strings.ts'
import type { KnownKey } from './known-key.ts'
import { knownTail } from './known-tail.ts'
import { PLAIN_EDITS_MAX, PLAIN_FRAME_BYTES_MAX } from './limits.ts'
import { ABSENT, type PlainMap, TWICE } from './plain-map.ts'

/** What becomes of an edit: it is superseded, gives an entry its new text, appends an entry, or takes one away. */
const NOTHING = 0
const REPLACES = 1
const APPENDS = 2
const TAKES_AWAY = 3

/** Up to here copying by words takes half as long as a call into the engine. */
const COPIED_WORDS_BYTES_MAX = 256

export class PlainEdits {
  /** By the place of the edit: the entry of its key, what becomes of it, and the edit that has its text. */
  readonly #entries = new Int32Array(PLAIN_EDITS_MAX)
  readonly #fates = new Uint8Array(PLAIN_EDITS_MAX)
  readonly #texts = new Uint8Array(PLAIN_EDITS_MAX)
  /** What is known of their keys: mostly those of the edits in the same places of the last message. */
  readonly #keys: (KnownKey | undefined)[] = new Array<KnownKey | undefined>(PLAIN_EDITS_MAX).fill(undefined)
  /** How many edits change an entry. */
  #changed = 0
  readonly #run = new EntryRun()
  readonly #chunk: ChunkView
  readonly #batch = new BatchViews()

  constructor(chunk: ChunkView) {
    this.#chunk = chunk
  }

  /** Appends the message with its plain map changed; answers where, or -1 when it is not for this way of writing. */
  write(message: Message, map: PlainMap, edits: readonly Edit[], out: ByteWriter): number {
    const { start, end } = message
    if (end - start > PLAIN_FRAME_BYTES_MAX || edits.length > PLAIN_EDITS_MAX) return -1
    const { tail } = map
    // Bytes behind the map, which some senders leave, are not known.
    if (tail === undefined || end - map.closeAt !== 1 || !tail.isOf(edits))
      return this.#writeNew(message, map, edits, out)
    return this.#writeKnown(message, map.at, tail.bytes, out)
  }

  /** Writes a message that ends with known bytes from `until` on. */
  #writeKnown({ bytes, start }: Message, until: number, tail: Uint8Array, out: ByteWriter): number {
    const size = until - start + tail.length
    const head = out.reserve(size)
    const { buffer } = out
    const view = this.#batch.of(buffer)
    if (until - start > COPIED_WORDS_BYTES_MAX) copyBytes(bytes, start, until, buffer, head)
    else copyWords(this.#chunk.of(bytes), start, until, view, head)
    buffer.set(tail, head + until - start)
    view.setInt32(head + LENGTH_AT, size - HEADER_SIZE)
    return head
  }

  /** Writes what is not known to come to anything yet; it may come again. */
  #writeNew(message: Message, map: PlainMap, edits: readonly Edit[], out: ByteWriter): number {
    const entries = this.#run.of(edits)
    const head =
      entries !== undefined && this.#allNew(message, map, edits.length)
        ? appended(message, map, entries, out)
        : this.#writeChanged(message, map, edits, out)
    if (head >= 0 && this.#run.again && map.knownBy !== undefined) keepTail(message, map, edits, out, head)
    return head
  }

  #writeChanged(message: Message, map: PlainMap, edits: readonly Edit[], out: ByteWriter): number {
    const { bytes, start, end } = message
    const room = this.#decide(message, map, edits)
    if (room < 0) return -1
    const head = out.reserve(room)
    const { buffer } = out
    let at = head
    let from = start
    for (let left = this.#changed; left > 0; left--) {
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
    const entriesAt = at + map.closeAt - from
    at = this.#append(edits, buffer, entriesAt)
    if (this.#allAppend(edits.length)) this.#run.keep(buffer, entriesAt, at)
    for (from = map.closeAt; from < end; from++) buffer[at++] = u8(bytes, from)
    out.truncate(at)
    putU32(buffer, head + LENGTH_AT, at - head - HEADER_SIZE)
    return head
  }

  /**
   * Goes through the edits in their order; each may take up what one before it of the same key has done. Answers how many
   * bytes suffice for what is to be written; -1 when an edit is not for this way of writing, or a key has two entries,
   * which is rare and the business of somebody else.
   */
  #decide(message: Message, map: PlainMap, edits: readonly Edit[]): number {
    let room = message.end - message.start
    const fates = this.#fates
    let bits = 0
    let found = false
    for (let i = 0; i < edits.length; i++) {
      const { op, key, value } = edits[i] ?? NO_EDIT
      if (key.length > MEDIUM_UNITS_MAX || value.length > MEDIUM_UNITS_MAX) return -1
      const last = this.#keys[i]
      const known = last !== undefined && last.key === key ? last : this.#learn(i, map.keys.of(key))
      if (!known.bareIn(message.kind)) return -1
      room += (key.length + value.length) * STRING_BYTES_PER_UNIT + 2 * STRING_HEAD_BYTES
      const entry = map.find(message.bytes, known)
      if (entry === TWICE) return -1
      if (entry !== ABSENT) found = true
      this.#entries[i] = entry
      this.#texts[i] = i
      const first = (bits & known.bit) === 0
      bits |= known.bit
      if (op === 'add') fates[i] = APPENDS
      else if (op === 'set') fates[i] = first ? setAlone(entry) : this.#set(edits, i)
      else fates[i] = this.#remove(edits, i)
    }
    this.#changed = found ? this.#count(edits.length) : 0
    return room
  }

  /** Whether the keys of the last edits mean attachments, and none that the message has. */
  #allNew({ kind, bytes }: Message, map: PlainMap, edits: number): boolean {
    for (let i = 0; i < edits; i++) {
      const known = this.#keys[i]
      if (known === undefined || !known.bareIn(kind) || map.find(bytes, known) !== ABSENT) return false
    }
    return true
  }

  #allAppend(edits: number): boolean {
    for (let i = 0; i < edits; i++) if (this.#fates[i] !== APPENDS) return false
    return true
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
      const known = this.#keys[i]
      if (this.#fates[i] === APPENDS && known !== undefined) at = known.put(buffer, at, this.#text(edits, i))
    }
    return at
  }

  #learn(place: number, known: KnownKey): KnownKey {
    this.#keys[place] = known
    return known
  }

  #sameKey(edits: readonly Edit[], place: number, other: number): boolean {
    return this.#keys[place]?.bit === this.#keys[other]?.bit && edits[place]?.key === edits[other]?.key
  }

  #text(edits: readonly Edit[], place: number): string {
    return edits[this.#texts[place] ?? place]?.value ?? ''
  }
}

/** Writes a message with entries behind all others. */
function appended(message: Message, map: PlainMap, entries: Buffer, out: ByteWriter): number {
  const { bytes, start, end } = message
  const size = end - start + entries.length
  const head = out.reserve(size)
  const { buffer } = out
  const entriesAt = head + map.closeAt - start
  copyBytes(bytes, start, map.closeAt, buffer, head)
  copyBytes(entries, 0, entries.length, buffer, entriesAt)
  copyBytes(bytes, map.closeAt, end, buffer, entriesAt + entries.length)
  putU32(buffer, head + LENGTH_AT, size - HEADER_SIZE)
  return head
}

/** Keeps what the map came to, for the next message that has it. `head` is where the message begins that was written last. */
function keepTail(
  message: Message,
  map: PlainMap,
  edits: readonly Edit[],
  out: ByteWriter,
  head: number,
): void {
  if (message.end - map.closeAt !== 1 || map.tail?.yields() === false) return
  const { buffer } = out
  const end = head + HEADER_SIZE + u32(buffer, head + LENGTH_AT)
  const tail = knownTail(edits, buffer, head + map.at - message.start, end)
  if (tail !== undefined) map.remember(tail)
}

/** What becomes of an edit that sets a key which none before it names. */
function setAlone(entry: number): number {
  return entry === ABSENT ? APPENDS : REPLACES
}

const NO_EDIT: Edit = Object.freeze({ op: 'set', key: '', value: '' })
