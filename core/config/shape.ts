/** Shape: looking into values whose type nobody has checked yet, without believing them. */

export type PlainMap = Readonly<Record<string, unknown>>

export function isMapValue(value: unknown): value is PlainMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The elements of a list, or nothing when it is none. */
export function elements(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** What stands under an own key of a map. */
export function entry(value: unknown, key: string): unknown {
  return isMapValue(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

/** The text under a key; `undefined` when something else or nothing is there. */
export function textEntry(value: unknown, key: string): string | undefined {
  const found = entry(value, key)
  return typeof found === 'string' ? found : undefined
}
