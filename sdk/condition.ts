/**
 * Condition: one compiled test of a message, or several joined by all, any or not. Flat and of one hidden class,
 * so that the walk over a route table stays one loop; it allocates nothing.
 */
import type { RE2JS } from 're2js'
import type { Metadata } from './metadata.ts'
import type { Networks } from './networks.ts'

/** `unknown`: it depends on a property that could not be read; {@link Metadata.problem} says why. */
export type Answer = 'yes' | 'no' | 'unknown'

export type ValueTest = 'exact' | 'prefix' | 'suffix' | 'contains' | 'regex' | 'range' | 'cidr' | 'present'

export type Source = 'property' | 'operation' | 'peer' | 'listener' | 'protocol'

/** Longer values match no regular expression: its time is linear, and a linear time of 8 MiB is long. */
const REGEX_VALUE_CHARS_MAX = 8_192

const DECIMAL = /^-?[0-9]+(\.[0-9]+)?$/

export class Condition {
  readonly test: ValueTest | 'all' | 'any' | 'not'
  readonly source: Source
  readonly key: string
  readonly text: string
  readonly children: readonly Condition[]
  readonly start: number
  readonly end: number
  readonly regex: RE2JS | undefined
  readonly networks: Networks | undefined
  /** The value answered last by the slow tests, and the answer: a caller's next value is mostly the same. */
  lastValue: string | undefined = undefined
  lastAnswer: Answer = 'no'

  constructor(given: {
    readonly test: ValueTest | 'all' | 'any' | 'not'
    readonly source?: Source
    readonly key?: string
    readonly text?: string
    readonly children?: readonly Condition[]
    readonly start?: number
    readonly end?: number
    readonly regex?: RE2JS
    readonly networks?: Networks
  }) {
    this.test = given.test
    this.source = given.source ?? 'property'
    this.key = given.key ?? ''
    this.text = given.text ?? ''
    this.children = given.children ?? []
    this.start = given.start ?? Number.NEGATIVE_INFINITY
    this.end = given.end ?? Number.POSITIVE_INFINITY
    this.regex = given.regex
    this.networks = given.networks
  }
}

/** Whether a message meets the condition. */
export function meets(condition: Condition, metadata: Metadata): Answer {
  switch (condition.test) {
    case 'all':
      return meetsAll(condition.children, metadata)
    case 'any':
      return meetsAny(condition.children, metadata)
    case 'not':
      return meetsNot(condition.children, metadata)
  }
  const value = readValue(condition, metadata)
  if (value === undefined) {
    if (condition.source === 'property' || condition.source === 'operation') {
      return metadata.problem === undefined ? 'no' : 'unknown'
    }
    return 'no'
  }
  switch (condition.test) {
    case 'exact':
      return value === condition.text ? 'yes' : 'no'
    case 'prefix':
      return value.startsWith(condition.text) ? 'yes' : 'no'
    case 'suffix':
      return value.endsWith(condition.text) ? 'yes' : 'no'
    case 'contains':
      return value.includes(condition.text) ? 'yes' : 'no'
    case 'present':
      return 'yes'
    default:
      return meetsSlow(condition, value)
  }
}

/** All of a list; an unknown is forgiven when another says no. */
export function meetsAll(conditions: readonly Condition[], metadata: Metadata): Answer {
  let answer: Answer = 'yes'
  for (const condition of conditions) {
    const one = meets(condition, metadata)
    if (one === 'no') return 'no'
    if (one === 'unknown') answer = 'unknown'
  }
  return answer
}

function meetsAny(conditions: readonly Condition[], metadata: Metadata): Answer {
  let answer: Answer = 'no'
  for (const condition of conditions) {
    const one = meets(condition, metadata)
    if (one === 'yes') return 'yes'
    if (one === 'unknown') answer = 'unknown'
  }
  return answer
}

function meetsNot(conditions: readonly Condition[], metadata: Metadata): Answer {
  const answer = meetsAll(conditions, metadata)
  if (answer === 'unknown') return 'unknown'
  return answer === 'yes' ? 'no' : 'yes'
}

function readValue(condition: Condition, metadata: Metadata): string | undefined {
  switch (condition.source) {
    case 'property':
      return metadata.get(condition.key)
    case 'operation':
      return metadata.operation === '' ? undefined : metadata.operation
    case 'peer':
      return metadata.peer
    case 'listener':
      return metadata.listener
    case 'protocol':
      return metadata.protocol
  }
}

/** The tests that cost more than a comparison, with their last answer remembered. */
function meetsSlow(condition: Condition, value: string): Answer {
  if (value === condition.lastValue) return condition.lastAnswer
  condition.lastAnswer = holds(condition, value) ? 'yes' : 'no'
  condition.lastValue = value
  return condition.lastAnswer
}

function holds(condition: Condition, value: string): boolean {
  switch (condition.test) {
    case 'regex':
      return value.length <= REGEX_VALUE_CHARS_MAX && condition.regex?.testExact(value) === true
    case 'range': {
      if (!DECIMAL.test(value)) return false
      const number = Number(value)
      return number >= condition.start && number < condition.end
    }
    default:
      return condition.networks?.contain(value) === true
  }
}
