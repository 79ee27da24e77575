/**
 * SentBlocks: blocks that a plugin's process was sent and remembers. Of one that differs from such a block in some words only
 * those are sent: what a message costs on its way through the system is its bytes. There is a place for each of a few sizes;
 * where nothing is alike few blocks are looked at.
 */
import { abi } from '../../../sdk/abi/abi.ts'
import { childFrame } from './child/child-frame.ts'

const WORD_BYTES = 4
const WORDS_MAX = childFrame.placeBytes / WORD_BYTES
/** Sizes are multiples of 8; the next ones have places of their own. */
const UNIT_BYTES = 8
/** Blocks in a row that were like none before; then only one in so many is looked at. A power of two. */
const MISSES_MAX = 16
const PHASE_WORD = abi.header.version / WORD_BYTES

/** `call`: to be sent whole; `kept`: whole, and remembered; `again`: remembered, but for the {@link SentBlocks.changes}. */
export type BlockNews = 'call' | 'kept' | 'again'

/** A block that is remembered. */
class Place {
  readonly words = new Int32Array(WORDS_MAX)
  /** 0 while there is none. */
  size = 0
  misses = 0
  /** The bytes that were looked at last, and the same as words: who writes blocks uses them again. */
  bytes: Buffer | undefined = undefined
  given: Int32Array = new Int32Array(0)
}

export class SentBlocks {
  /** Of a block that is there again: for each word that differs its number and what it is. */
  readonly changes = new Int32Array(WORDS_MAX)
  /** Twice as many as words differ. */
  changesCount = 0
  /** Where the block that was looked at is remembered. */
  place = 0
  readonly #places = Array.from({ length: childFrame.places }, () => new Place())

  /** What of the block `bytes[0, size)` has to be sent, which is taken for sent. */
  look(bytes: Buffer, size: number): BlockNews {
    if (bytes.length !== size || size > childFrame.placeBytes || size % UNIT_BYTES !== 0) return 'call'
    const number = (size / UNIT_BYTES) % childFrame.places
    const place = this.#places[number]
    if (place === undefined || (place.bytes !== bytes && !see(place, bytes)) || configures(place))
      return 'call'
    if (place.misses >= MISSES_MAX && (++place.misses & (MISSES_MAX - 1)) !== 0) return 'call'
    this.place = number
    if (place.size === size && this.#compare(place)) {
      place.misses = 0
      return 'again'
    }
    return keep(place, size)
  }

  /**
   * Finds the words that differ, and remembers them; false when what tells them is longer than half of the block, which
   * then has to be kept anew.
   */
  #compare({ words, given, size }: Place): boolean {
    const { changes } = this
    const count = size / WORD_BYTES
    const most = count >>> 1
    let found = 0
    for (let i = 0; i < count; i++) {
      const word = given[i] ?? 0
      if (word === words[i]) continue
      if (found + 2 > most) return false
      words[i] = word
      changes[found] = i
      changes[found + 1] = word
      found += 2
    }
    this.changesCount = found
    return true
  }
}

/** False where the bytes do not lie as words do. */
function see(place: Place, bytes: Buffer): boolean {
  if (bytes.byteOffset % WORD_BYTES !== 0 || bytes.length === 0) return false
  place.bytes = bytes
  place.given = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / WORD_BYTES)
  return true
}

/** Whoever is configured is told by the process from the frame. */
function configures({ given }: Place): boolean {
  return (((given[PHASE_WORD] ?? 0) >>> 8) & 0xff) === abi.phase.configure
}

function keep(place: Place, size: number): BlockNews {
  place.misses++
  place.size = size
  place.words.set(place.given)
  return 'kept'
}
