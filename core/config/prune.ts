/**
 * Prune: takes out of a filter's options what does not fit its declaration, and no more than that, so that what is left
 * can be tried and its problems are reported together with those of the rest.
 */
import type { Finding } from './finding.ts'
import type { ConfigPath } from './path.ts'
import { isMapValue } from './shape.ts'

/** What is taken out may leave something behind that does not fit either; files are not nested deeper than this. */
const ROUNDS_MAX = 64

export interface Pruned {
  readonly options: unknown
  /** Where a part of what is left stood before. */
  origin(path: ConfigPath): ConfigPath
  /** Whether something was taken right out of what is at a path: what is wrong with that now may come of it. */
  robbed(path: ConfigPath): boolean
}

/** Nothing when there is nothing left that fits; `explain` says what does not. */
export function prune(
  options: unknown,
  explain: (options: unknown) => readonly Finding[],
): Pruned | undefined {
  let found = explain(options)
  if (found.length === 0) return { options, origin: (path) => path, robbed: () => false }
  const pruning = new Pruning(options)
  for (let round = 0; found.length > 0 && round < ROUNDS_MAX; round++) {
    if (found.some(({ path }) => path.length === 0)) return undefined
    // Later elements of a list go first, so that those before them keep their places.
    for (const { path } of found.toSorted((a, b) => inOrder(b.path, a.path))) pruning.remove(path)
    found = explain(pruning.options)
  }
  return found.length === 0 ? pruning : undefined
}

class Pruning implements Pruned {
  readonly options: unknown
  /** Where the elements of lists stood, where some were taken out. */
  readonly #places = new Map<unknown, number[]>()
  readonly #robbed = new Set<unknown>()

  constructor(options: unknown) {
    this.options = structuredClone(options)
  }

  remove(path: ConfigPath): void {
    const last = path.at(-1)
    const holder = path.slice(0, -1).reduce(partOf, this.options)
    this.#robbed.add(holder)
    if (Array.isArray(holder) && typeof last === 'number') {
      const places = this.#places.get(holder) ?? [...holder.keys()]
      this.#places.set(holder, places)
      holder.splice(last, 1)
      places.splice(last, 1)
    } else if (isMapValue(holder) && last !== undefined) Reflect.deleteProperty(holder, last)
  }

  robbed(path: ConfigPath): boolean {
    return this.#robbed.has(path.reduce(partOf, this.options))
  }

  origin(path: ConfigPath): ConfigPath {
    let holder = this.options
    return path.map((part) => {
      const before = typeof part === 'number' ? this.#places.get(holder)?.[part] : undefined
      holder = partOf(holder, part)
      return before ?? part
    })
  }
}

function partOf(value: unknown, part: string | number): unknown {
  if (Array.isArray(value)) return typeof part === 'number' ? value[part] : undefined
  return isMapValue(value) && Object.hasOwn(value, part) ? value[part] : undefined
}

/** Lists by their numbers; a part before what is in it. */
function inOrder(left: ConfigPath, right: ConfigPath): number {
  for (const [index, part] of left.entries()) {
    const other = right[index]
    if (other === undefined) return 1
    if (part === other) continue
    if (typeof part === 'number' && typeof other === 'number') return part - other
    return String(part) < String(other) ? -1 : 1
  }
  return left.length - right.length
}
