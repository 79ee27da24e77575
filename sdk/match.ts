/**
 * Match: which messages are meant, compiled from what a user wrote under `match`. Routes, limits, logs and
 * mutations share it, so that a matcher means the same everywhere.
 */
import { createRequire } from 'node:module'
import type { RE2JS } from 're2js'
import { type Answer, Condition, meets, meetsAll, type Source, type ValueTest } from './condition.ts'
import { errorMessage } from './error-message.ts'
import type { MatcherOptions, MatchOptions } from './match-options.ts'
import type { Metadata } from './metadata.ts'
import { Networks } from './networks.ts'

/** Where a problem with the options stands, and what it is. */
export type ProblemReport = (path: readonly (string | number)[], text: string) => void

const require = createRequire(import.meta.url)

type Path = readonly (string | number)[]

const SOURCES: ReadonlySet<string> = new Set(['operation', 'peer', 'listener', 'protocol'])

/** In the order in which they are tried: the cheap ones first. */
const TEXT_TESTS = ['exact', 'prefix', 'suffix', 'contains'] as const satisfies readonly ValueTest[]

export class Match {
  /** All of these must hold; none matches everything. */
  readonly conditions: readonly Condition[]
  readonly #only: Condition | undefined

  constructor(conditions: readonly Condition[]) {
    this.conditions = conditions
    this.#only = conditions.length === 1 ? conditions[0] : undefined
  }

  /** The properties that it compares. */
  get keys(): readonly string[] {
    return [...new Set(keysOf(this.conditions))]
  }

  /**
   * Whether the message is meant. `unknown` when that depends on a property that could not be read; the
   * message's `problem` says why, and who asked should answer with it.
   */
  matches(metadata: Metadata): Answer {
    return this.#only === undefined ? meetsAll(this.conditions, metadata) : meets(this.#only, metadata)
  }
}

function keysOf(conditions: readonly Condition[]): readonly string[] {
  return conditions.flatMap(({ children, source, key }) =>
    children.length > 0 ? keysOf(children) : source === 'property' ? [key] : [],
  )
}

/** Compiles a match; what is wrong with it is reported and left out. Absent options match everything. */
export function compileMatch(
  options: MatchOptions | undefined,
  report: ProblemReport,
  path: Path = ['match'],
): Match {
  return new Match(options === undefined ? [] : matchConditions(options, report, path))
}

function matchConditions(options: MatchOptions, report: ProblemReport, path: Path): Condition[] {
  const conditions: Condition[] = []
  for (const [key, value] of Object.entries(options)) {
    const at = [...path, key]
    if (key === 'any' || key === 'all') {
      const children = items(value).map((item, index) => group(matchOf(item), report, [...at, index]))
      conditions.push(new Condition({ test: key, children }))
    } else if (key === 'not') {
      conditions.push(new Condition({ test: 'not', children: matchConditions(matchOf(value), report, at) }))
    } else {
      conditions.push(...valueConditions(key, value, { report, path: at }))
    }
  }
  return conditions.sort((a, b) => cost(a) - cost(b))
}

function group(options: MatchOptions, report: ProblemReport, path: Path): Condition {
  return joined(matchConditions(options, report, path))
}

function joined(conditions: readonly Condition[]): Condition {
  const only = conditions.length === 1 ? conditions[0] : undefined
  return only ?? new Condition({ test: 'all', children: conditions })
}

interface Place {
  readonly report: ProblemReport
  readonly path: Path
}

function valueConditions(key: string, value: unknown, place: Place): Condition[] {
  const on: { source: Source; key: string } = { source: isSource(key) ? key : 'property', key }
  if (typeof value === 'string') return [new Condition({ ...on, test: 'exact', text: value })]
  const options = matcherOf(value)
  const conditions: Condition[] = []
  for (const test of TEXT_TESTS) {
    const text = options[test]
    if (text !== undefined) conditions.push(new Condition({ ...on, test, text }))
  }
  if (options.present !== undefined) {
    const present = new Condition({ ...on, test: 'present' })
    conditions.push(options.present ? present : new Condition({ test: 'not', children: [present] }))
  }
  if (options.range !== undefined) conditions.push(new Condition({ ...on, test: 'range', ...options.range }))
  if (options.cidr !== undefined) {
    conditions.push(new Condition({ ...on, test: 'cidr', networks: networksOf(options.cidr, place) }))
  }
  if (options.regex !== undefined) {
    const regex = regexOf(options.regex, place)
    if (regex !== undefined) conditions.push(new Condition({ ...on, test: 'regex', regex }))
  }
  for (const test of ['any', 'all'] as const) {
    const list = options[test]
    if (list === undefined) continue
    const children = list.map((item, index) =>
      joined(valueConditions(key, item, { report: place.report, path: [...place.path, test, index] })),
    )
    conditions.push(new Condition({ test, children }))
  }
  return options.invert === true ? [new Condition({ test: 'not', children: conditions })] : conditions
}

function networksOf(given: string | readonly string[], { report, path }: Place): Networks {
  const networks = new Networks()
  for (const text of typeof given === 'string' ? [given] : given) {
    if (!networks.add(text))
      report([...path, 'cidr'], `"${text}" is no IP address or network such as 10.0.0.0/8`)
  }
  return networks
}

/** Loaded here, because few configurations have regular expressions: 1.3 MB in each thread. */
function regexOf(text: string, { report, path }: Place): RE2JS | undefined {
  const re2js: typeof import('re2js') = require('re2js')
  try {
    return re2js.RE2JS.compile(text)
  } catch (error) {
    report([...path, 'regex'], `"${text}" is no RE2 expression: ${errorMessage(error)}`)
    return undefined
  }
}

/** A rough order: what is cheap and refuses much comes first. */
function cost(condition: Condition): number {
  switch (condition.test) {
    case 'exact':
      return 0
    case 'prefix':
    case 'suffix':
    case 'present':
      return 1
    case 'contains':
    case 'range':
      return 2
    case 'cidr':
    case 'regex':
      return 3
    default:
      return 4
  }
}

function isSource(key: string): key is Source {
  return SOURCES.has(key)
}

// The options were checked against their schema; these say so to the compiler.

function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isObject(value: unknown): value is MatchOptions & MatcherOptions {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function matchOf(value: unknown): MatchOptions {
  return isObject(value) ? value : {}
}

function matcherOf(value: unknown): MatcherOptions {
  return isObject(value) ? value : {}
}
