/**
 * LatestMaps: where the entries of the plain maps lie that were shown last, by the number of the showing. Several messages
 * pass the filters before the first of them is written, and what was found in its map then need not be found again.
 */
import { LATEST_MAPS } from './limits.ts'
import { PlainEntries } from './plain-entries.ts'

const SHOWINGS_MAX = 0x3fff_ffff

export class LatestMaps {
  /** Numbers begin anew behind the last, by when the messages of the first ones are long gone; 0 is none. */
  #last = 0
  readonly #entries: (PlainEntries | undefined)[] = new Array<undefined>(LATEST_MAPS).fill(undefined)
  readonly #showings = new Int32Array(LATEST_MAPS)
  /** To be filled for maps that are not known. */
  readonly #fillable: (PlainEntries | undefined)[] = new Array<undefined>(LATEST_MAPS).fill(undefined)

  /** The number of the next showing. What was found {@link LATEST_MAPS} showings before is forgotten. */
  next(): number {
    this.#last = this.#last === SHOWINGS_MAX ? 1 : this.#last + 1
    this.#showings[placeOf(this.#last)] = 0
    return this.#last
  }

  /** Entries that may be filled for this showing, the last one. */
  fillable(showing: number): PlainEntries {
    const place = placeOf(showing)
    const made = this.#fillable[place]
    if (made !== undefined) return made
    const entries = new PlainEntries()
    this.#fillable[place] = entries
    return entries
  }

  keep(showing: number, entries: PlainEntries): void {
    const place = placeOf(showing)
    this.#showings[place] = showing
    // A store that changes nothing is left out: each tells the garbage collector.
    if (this.#entries[place] !== entries) this.#entries[place] = entries
  }

  /** What was found at this showing, if it was one of the last. */
  of(showing: number): PlainEntries | undefined {
    const place = placeOf(showing)
    return showing !== 0 && this.#showings[place] === showing ? this.#entries[place] : undefined
  }
}

function placeOf(showing: number): number {
  return showing & (LATEST_MAPS - 1)
}
