/**
 * ReadLoosely: a value as its declaration wants it, where the format that Envoy reads (the JSON of protocol buffers) is looser:
 * keys in camel case, one element in place of a list, `null` for what is not there, numbers in quotes. It judges nothing
 * else, and notes where everything stood.
 */
import type { Finding } from '../finding.ts'
import { finding } from '../finding.ts'
import type { ConfigPath } from '../path.ts'
import { isMapValue, type PlainMap } from '../shape.ts'
import type { Origins } from './origins.ts'
import { effectless } from './without-effect.ts'

/** What is written down while a value is read; the paths are those of the file. */
export interface ReadNotes {
  readonly origins: Origins
  readonly problems: Finding[]
  readonly warnings: Finding[]
}

/** A value with where it stands in the file and in what is made of it. */
export interface Standing {
  readonly value: unknown
  readonly origin: ConfigPath
  readonly path: ConfigPath
}

export function readLoosely(schema: unknown, standing: Standing, notes: ReadNotes): unknown {
  const { value, origin, path } = standing
  notes.origins.note(path, origin)
  if (!isMapValue(schema)) return value
  const { items, properties, type } = schema
  if (type === 'array') return listOf(items, standing, notes)
  if (isMapValue(properties) && isMapValue(value)) return mapOf(properties, standing, notes)
  const numeric = type === 'integer' && typeof value === 'string' && /^[0-9]{1,15}$/.test(value)
  return numeric ? Number(value) : value
}

function listOf(items: unknown, standing: Standing, notes: ReadNotes): unknown {
  const { value, origin, path } = standing
  if (isMapValue(value)) return [readLoosely(items, { value, origin, path: [...path, 0] }, notes)]
  if (!Array.isArray(value)) return value
  return value.map((each: unknown, index) =>
    readLoosely(items, { value: each, origin: [...origin, index], path: [...path, index] }, notes),
  )
}

function mapOf(properties: PlainMap, { value, origin, path }: Standing, notes: ReadNotes): PlainMap {
  const made: Record<string, unknown> = {}
  for (const [written, inner] of Object.entries(isMapValue(value) ? value : {})) {
    const key = nameOf(written, properties)
    const at = [...origin, written]
    const part = Object.hasOwn(properties, key) ? properties[key] : undefined
    const why = isMapValue(part) ? effectless(part) : undefined
    if (why !== undefined)
      notes.warnings.push({ ...finding(at, `it has no effect here: ${why}`), anchor: 'key' })
    else if (Object.hasOwn(made, key))
      notes.problems.push({ ...finding(at, `"${key}" stands here twice, in two spellings`), anchor: 'key' })
    else if (inner !== null)
      made[key] = readLoosely(part, { value: inner, origin: at, path: [...path, key] }, notes)
  }
  return made
}

/** `statPrefix` is `stat_prefix`, where there is such a field. */
function nameOf(written: string, properties: PlainMap): string {
  const snake = written.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  return Object.hasOwn(properties, snake) ? snake : written
}
