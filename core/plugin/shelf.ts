/**
 * Shelf: things that are costly to make, each kept under a key for as long as somebody uses it. Whoever takes one
 * releases it once; the last one to do so ends it.
 */

export interface Held<Thing> {
  readonly thing: Thing
  /** Calls after the first do nothing. */
  release(): void
}

interface Entry<Thing> {
  readonly thing: Thing
  uses: number
}

export class Shelf<Thing> {
  readonly #entries = new Map<string, Entry<Thing>>()
  readonly #end: (thing: Thing) => void

  constructor(end: (thing: Thing) => void) {
    this.#end = end
  }

  get size(): number {
    return this.#entries.size
  }

  /** The thing under the key; made when nobody has it. What `make` throws is thrown, and nothing is kept. */
  take(key: string, make: () => Thing): Held<Thing> {
    const entry = this.#entries.get(key) ?? { thing: make(), uses: 0 }
    this.#entries.set(key, entry)
    entry.uses++
    let held = true
    return {
      thing: entry.thing,
      release: () => {
        if (held) this.#release(key, entry)
        held = false
      },
    }
  }

  #release(key: string, entry: Entry<Thing>): void {
    entry.uses--
    if (entry.uses > 0) return
    this.#entries.delete(key)
    this.#end(entry.thing)
  }
}
