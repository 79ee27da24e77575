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
/** Who has to be as patient as this no longer looks for any but the last. */
const LOOKING_PATIENCE = 32

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
    if (!sized(end - at)) return undefined
    const view = this.#view.of(bytes)
    const last = head === undefined ? this.#lastOfReplies : head.lastMap
    const again = last?.begins(view, at, end) === true
    if (!again && this.#patience > LOOKING_PATIENCE) return undefined
    const known = again ? last : this.#other(view, at, end, head)
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
    if (!sized(end - at) || this.#passed++ < this.#patience) return undefined
    this.#passed = 0
    const size = entries.closeAt + 1
    const slot = slotOf(this.#view.of(bytes), at, end, head)
    const had = this.#maps[slot]
    if (had !== undefined)
      this.#patience = had.again
        ? Math.max(this.#patience - 1, 0)
        : Math.min(this.#patience * 2 + 1, UNKNOWN_MAPS_MAX)
    const map = new KnownMap(head, Uint8Array.prototype.slice.call(bytes, at, at + size), entries.copy())
    this.#maps[slot] = map
    this.#remember(map, head)
    return map
  }

  /** One that is not the last. */
  #other(view: DataView, at: number, end: number, head: RequestHead | undefined): KnownMap | undefined {
    const known = this.#maps[slotOf(view, at, end, head)]
    if (known === undefined || known.head !== head || !known.begins(view, at, end)) return undefined
    this.#remember(known, head)
    return known
  }

  #remember(map: KnownMap, head: RequestHead | undefined): void {
    if (head === undefined) this.#lastOfReplies = map
    else head.lastMap = map
  }
}

/** Whether it is kept if it has so many bytes, with the few that may be behind it. */
function sized(bytes: number): boolean {
  return bytes >= BYTES_MIN && bytes <= KNOWN_MAP_BYTES_MAX
}

/** Made of all the bytes, in three lanes, for each step waits for the one before it. */
function slotOf(view: DataView, at: number, end: number, head: RequestHead | undefined): number {
  let first = head === undefined ? end - at : head.seed ^ (end - at)
  let second = 0x2545f491
  let third = 0x1f123bb5
  let next = at
  for (; next + 12 <= end; next += 12) {
    first = Math.imul(first ^ view.getInt32(next, true), 0x9e3779b1)
    second = Math.imul(second ^ view.getInt32(next + 4, true), 0x85ebca6b)
    third = Math.imul(third ^ view.getInt32(next + 8, true), 0xc2b2ae35)
  }
  for (; next < end; next++) first = Math.imul(first ^ view.getUint8(next), 0x9e3779b1)
  const hash = first ^ (second >>> 7) ^ (third >>> 13)
  return (hash ^ (hash >>> 16)) & (KNOWN_MAPS - 1)
}
