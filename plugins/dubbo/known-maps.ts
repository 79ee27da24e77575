/**
 * KnownMaps: the plain maps that come again and again, because a program sends the same attachments with every call of a
 * method. Such a one is recognized by its bytes, and what was found in it once is known. It never grows, and where
 * nothing comes twice it soon stops keeping any.
 */
import type { ChunkView } from './chunk-view.ts'
import { KnownMap } from './known-map.ts'
import { KNOWN_MAP_BYTES_MAX, KNOWN_MAPS, UNKNOWN_MAPS_MAX } from './limits.ts'
import type { PlainEntries } from './plain-entries.ts'
import type { RequestHead } from './request-head.ts'

/** Smaller ones are walked as quickly. */
const BYTES_MIN = 16

export class KnownMaps {
  readonly #view: ChunkView
  readonly #maps: (KnownMap | undefined)[] = new Array<KnownMap | undefined>(KNOWN_MAPS).fill(undefined)
  #lastOfReplies: KnownMap | undefined = undefined
  /** How many maps pass before another is kept, and how many of those have passed. */
  #patience = 0
  #passed = 0

  constructor(view: ChunkView) {
    this.#view = view
  }

  /** The map of a request with this head, or of a reply, that begins at `at`, if it is known. */
  find(bytes: Buffer, at: number, end: number, head: RequestHead | undefined): KnownMap | undefined {
    if (end - at < BYTES_MIN) return undefined
    const view = this.#view.of(bytes)
    const last = head === undefined ? this.#lastOfReplies : head.lastMap
    const known = last?.begins(view, at, end) === true ? last : this.#other(view, at, end, head)
    if (known !== undefined && !known.again) known.again = true
    return known
  }

  /** A map has been walked that was not known: it may come again. Answers what it is kept as, if it is. */
  learn(
    bytes: Buffer,
    at: number,
    end: number,
    head: RequestHead | undefined,
    entries: PlainEntries,
  ): KnownMap | undefined {
    const size = entries.closeAt + 1
    if (size < BYTES_MIN || size > KNOWN_MAP_BYTES_MAX || this.#passed++ < this.#patience) return undefined
    this.#passed = 0
    const slot = slotOf(this.#view.of(bytes), at, end)
    const had = this.#maps[slot]
    if (had !== undefined)
      this.#patience = had.again ? this.#patience >> 1 : Math.min(this.#patience * 2 + 1, UNKNOWN_MAPS_MAX)
    const map = new KnownMap(head, Uint8Array.prototype.slice.call(bytes, at, at + size), entries.copy())
    this.#maps[slot] = map
    this.#remember(map, head)
    return map
  }

  /** One that is not the last. */
  #other(view: DataView, at: number, end: number, head: RequestHead | undefined): KnownMap | undefined {
    const known = this.#maps[slotOf(view, at, end)]
    if (known === undefined || known.head !== head || !known.begins(view, at, end)) return undefined
    this.#remember(known, head)
    return known
  }

  #remember(map: KnownMap, head: RequestHead | undefined): void {
    if (head === undefined) this.#lastOfReplies = map
    else head.lastMap = map
  }
}

/** A few words that tell maps apart; there are at least {@link BYTES_MIN} bytes. */
function slotOf(view: DataView, at: number, end: number): number {
  const size = end - at
  const some = view.getInt32(end - 6, true) ^ view.getInt32(at + (size >> 1), true)
  const hash = Math.imul(some ^ view.getInt32(at + (size >> 2), true) ^ size, 0x9e3779b1)
  return (hash >>> 16) & (KNOWN_MAPS - 1)
}
