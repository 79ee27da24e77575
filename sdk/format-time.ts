/** Times in logs: ISO 8601 with milliseconds, or a strftime pattern as Envoy's START_TIME takes it, always in UTC. */

const FIELDS: Readonly<Record<string, (date: Date) => string>> = {
  Y: (date) => String(date.getUTCFullYear()),
  m: (date) => two(date.getUTCMonth() + 1),
  d: (date) => two(date.getUTCDate()),
  H: (date) => two(date.getUTCHours()),
  M: (date) => two(date.getUTCMinutes()),
  S: (date) => two(date.getUTCSeconds()),
  F: (date) => date.toISOString().slice(0, 10),
  T: (date) => date.toISOString().slice(11, 19),
  s: (date) => String(Math.floor(date.getTime() / 1_000)),
  '3f': (date) => String(date.getUTCMilliseconds()).padStart(3, '0'),
  f: (date) => String(date.getUTCMilliseconds()).padStart(3, '0'),
  z: () => '+0000',
  Z: () => 'UTC',
  '%': () => '%',
}

const FIELD = /%(3f|[A-Za-z%])/g

/** The letters of a pattern that stand for nothing known here. */
export function unknownTimeFields(pattern: string): readonly string[] {
  return [...pattern.matchAll(FIELD)].flatMap(([text, field]) =>
    field !== undefined && Object.hasOwn(FIELDS, field) ? [] : [text],
  )
}

/** An empty pattern is ISO 8601. */
export function formatTime(wallMs: number, pattern: string): string {
  const date = new Date(wallMs)
  if (pattern === '') return date.toISOString()
  return pattern.replace(FIELD, (text, field: string) => FIELDS[field]?.(date) ?? text)
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}
