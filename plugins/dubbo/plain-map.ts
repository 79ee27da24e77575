/**
 * PlainMap: a map of attachments as nearly everybody sends it in Hessian 2.0: keys that are ASCII strings, values that
 * are such strings or scalars of a few bytes. The first byte or two of each tell where the next begins, so a map is
 * walked where it lies, unless it is one that is known. One of these shows the map of the message that was asked about
 * last, because whoever reads one attachment reads another, and changes a third: a message itself keeps nothing but two
 * numbers.
 */
import type { Message } from '../../sdk/index.ts'
import type { ChunkView } from './chunk-view.ts'
import type { KnownKey } from './known-key.ts'
import { KnownKeys } from './known-keys.ts'
import { KnownMaps } from './known-maps.ts'
import type { KnownTail } from './known-tail.ts'
import { LatestMaps } from './latest-maps.ts'
import { PlainEntries } from './plain-entries.ts'
import type { RequestHead } from './request-head.ts'

/** What stands for the place of a map that is otherwise. */
const OTHERWISE = -1

/** Answers of {@link PlainMap.find} in place of an entry. */
export const ABSENT = -1
export const TWICE = -2

export class PlainMap {
  readonly keys = new KnownKeys()
  readonly #known: KnownMaps
  readonly #view: ChunkView
  readonly #latest = new LatestMaps()
  /** The map that is shown: its entries, and where it begins. */
  #entries = new PlainEntries()
  #base = 0
  /** Which showing it is; a message remembers its own. */
  #showing = 0

  constructor(view: ChunkView) {
    this.#view = view
    this.#known = new KnownMaps(view)
  }

  /** Something that tells all of the map that is shown, and whose request it is in, if it is known. */
  get knownBy(): object | undefined {
    return this.#entries.lasting ? this.#entries : undefined
  }

  /** Where the map begins. */
  get at(): number {
    return this.#base
  }

  /** What the map that is shown came to with certain edits. */
  get tail(): KnownTail | undefined {
    return this.#entries.tail
  }

  /** Where the end of the map is marked. */
  get closeAt(): number {
    return this.#base + this.#entries.closeAt
  }

  /** Whether the message's map, which was seen to be plain, is the one that is shown. */
  shows(message: Message): boolean {
    return message.mark1 === this.#showing && message.mark0 > 0
  }

  /** Shows the message's map again, if it was one of the last: nothing has to be found a second time. */
  showAgain(message: Message): boolean {
    const entries = message.mark0 > 0 ? this.#latest.of(message.mark1) : undefined
    if (entries === undefined) return false
    this.#show(message.mark1, message.mark0, entries)
    return true
  }

  /** Shows a map that is known, if one begins at `at`. `head` is that of a request. */
  recognize(message: Message, at: number, head: RequestHead | undefined): boolean {
    const known = this.#known.find(message.bytes, at, message.end, head)
    if (known === undefined) return false
    this.#found(message, this.#latest.next(), at, known.entries)
    return true
  }

  /** Looks whether a plain map begins at `at`, up to `asciiEnd` being ASCII; a place of -1 says that it does not. */
  walk(message: Message, at: number, asciiEnd: number, head: RequestHead | undefined): boolean {
    const { bytes, end } = message
    const showing = this.#latest.next()
    const walked = this.#latest.fillable(showing)
    message.mark0 = OTHERWISE
    // What was shown before may be no longer there.
    this.#showing = 0
    if (at < 0 || !walked.walk(bytes, at, asciiEnd)) return false
    const known = this.#known.learn(bytes, at, end, head, walked)
    this.#found(message, showing, at, known?.entries ?? walked)
    return true
  }

  /** The entry of a key; {@link ABSENT}, or {@link TWICE} when there are several. */
  find(bytes: Buffer, known: KnownKey): number {
    const entries = this.#entries
    if ((entries.bits & known.bit) === 0) return ABSENT
    if (known.soughtIn === entries) return known.found
    const found = this.#seek(this.#view.of(bytes), known)
    if (entries.lasting) known.remember(entries, found)
    return found
  }

  /** Keeps what the map that is shown, a known one, came to. */
  remember(tail: KnownTail): void {
    this.#entries.tail = tail
  }

  startOf(entry: number): number {
    return this.#base + (this.#entries.starts[entry] ?? 0)
  }

  valueOf(entry: number): number {
    return this.#base + (this.#entries.valueAts[entry] ?? 0)
  }

  /** Where what follows an entry begins. */
  endOf(entry: number): number {
    return this.#base + (this.#entries.starts[entry + 1] ?? 0)
  }

  #seek(view: DataView, known: KnownKey): number {
    const { count, textAts, valueAts } = this.#entries
    const { size } = known
    let found = ABSENT
    for (let entry = 0; entry < count; entry++) {
      const at = textAts[entry] ?? 0
      if ((valueAts[entry] ?? 0) - at !== size || !known.standsAt(view, this.#base + at)) continue
      if (found !== ABSENT) return TWICE
      found = entry
    }
    return found
  }

  #found(message: Message, showing: number, at: number, entries: PlainEntries): void {
    this.#latest.keep(showing, entries)
    this.#show(showing, at, entries)
    message.mark0 = at
    message.mark1 = showing
  }

  #show(showing: number, at: number, entries: PlainEntries): void {
    // A store that changes nothing is left out: each tells the garbage collector.
    if (this.#entries !== entries) this.#entries = entries
    this.#base = at
    this.#showing = showing
  }
}
