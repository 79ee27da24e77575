/**
 * Prune: takes out of a filter's options what does not fit its declaration, so that what is left can be tried and
 * its problems are reported together with those of the rest.
 */
import type { Finding } from './finding.ts'
import type { ConfigPath } from './path.ts'
import { isMapValue } from './shape.ts'

export interface Pruned {
  readonly options: unknown
  /** Where a part of what is left stood before. */
  origin(path: ConfigPath): ConfigPath
}

/** Drops elements of lists right under the options where something is wrong in them, and whole keys otherwise. */
export function prune(options: unknown, findings: readonly Finding[]): Pruned {
  if (!isMapValue(options) || findings.length === 0) return { options, origin: (path) => path }
  const left: Record<string, unknown> = { ...options }
  const kept = new Map<string, readonly number[]>()
  for (const key of new Set(findings.map(({ path }) => path[0]))) {
    if (typeof key !== 'string') continue
    const list = options[key]
    const wrong = new Set(findings.filter(({ path }) => path[0] === key).map(({ path }) => path[1]))
    if (!Array.isArray(list) || wrong.has(undefined)) {
      delete left[key]
      continue
    }
    const indices = [...list.keys()].filter((index) => !wrong.has(index))
    kept.set(key, indices)
    left[key] = indices.map((index) => list[index])
  }
  return {
    options: left,
    origin: ([key, index, ...rest]) => {
      if (key === undefined) return []
      if (index === undefined) return [key]
      const before = typeof key === 'string' && typeof index === 'number' ? kept.get(key)?.[index] : undefined
      return [key, before ?? index, ...rest]
    },
  }
}
