/**
 * TypeLedger: the function types that the modules of a process have brought. The engine keeps each different one for as
 * long as the process lives, whatever becomes of its module, and ends the process at two million; so they are counted.
 * Each plugin has a few for itself that nobody can take from it, and a share of the rest, so that what one has used up
 * is not missing to others.
 */

/** What the engine keeps of a type beside its parameters and results (measured: 130 bytes). */
const TYPE_BYTES = 128

export interface TypeLimits {
  /** What is kept for each plugin: four times what the largest module of the kits brings. */
  readonly ownBytesMax: number
  /** Plugins for which that is kept, in the order in which they come; whoever gives files new names comes to its end. */
  readonly pluginsMax: number
  /** What one plugin may bring beyond it; those that come later have this together. */
  readonly shareBytesMax: number
  /** What all of them may bring beyond it. */
  readonly commonBytesMax: number
}

/** 32 MiB in all, a quarter of a million types. */
const LIMITS: TypeLimits = {
  ownBytesMax: 16 << 10,
  pluginsMax: 512,
  shareBytesMax: 2 << 20,
  commonBytesMax: 24 << 20,
}

/** What one plugin brings. */
export interface TypeShare {
  /** Takes a type on, given as its bytes; what there is no room for is answered with a sentence's end. */
  enter(type: Buffer): string | undefined
}

interface Used {
  own: number
  shared: number
}

export class TypeLedger {
  readonly #limits: TypeLimits
  readonly #known = new Set<string>()
  readonly #used = new Map<string, Used>()
  readonly #late: Used
  #common = 0

  constructor(limits: TypeLimits = LIMITS) {
    this.#limits = limits
    this.#late = { own: limits.ownBytesMax, shared: 0 }
  }

  /** The plugin is who its name says: the same after a save, another one after the file was renamed. */
  share(plugin: string): TypeShare {
    return { enter: (type) => this.#enter(plugin, type) }
  }

  #enter(plugin: string, type: Buffer): string | undefined {
    const text = type.toString('latin1')
    if (this.#known.has(text)) return undefined
    const used = this.#usedBy(plugin)
    const bytes = TYPE_BYTES + type.length
    if (used.own + bytes <= this.#limits.ownBytesMax) used.own += bytes
    else if (used.shared + bytes > this.#limits.shareBytesMax) return usedUp(this.#who(plugin, used))
    else if (this.#common + bytes > this.#limits.commonBytesMax) return usedUp(this.#greediest())
    else {
      used.shared += bytes
      this.#common += bytes
    }
    this.#known.add(text)
    return undefined
  }

  #usedBy(plugin: string): Used {
    const known = this.#used.get(plugin)
    if (known !== undefined) return known
    if (this.#used.size >= this.#limits.pluginsMax) return this.#late
    const used = { own: 0, shared: 0 }
    this.#used.set(plugin, used)
    return used
  }

  #who(plugin: string, used: Used): string {
    return used === this.#late ? `all plugins behind the first ${this.#limits.pluginsMax}` : `"${plugin}"`
  }

  /** Those that have brought most. */
  #greediest(): string {
    const most = [...this.#used].sort(([, a], [, b]) => b.shared - a.shared).slice(0, NAMED_MAX)
    return most.map(([plugin]) => `"${plugin}"`).join(', ')
  }
}

const NAMED_MAX = 3

function usedUp(by: string): string {
  return `brings new types of functions, and what a process may ever hold of them is used up by ${by}: before the next start only types that are known are taken`
}
