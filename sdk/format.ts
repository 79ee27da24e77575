/**
 * Format: a text with operators, such as `%REQ(method)% took %DURATION% ms`, compiled once and written for each
 * exchange. Logs and mutated values share it, so that an operator means the same everywhere.
 */
import {
  type FormatFacts,
  type FormatPhase,
  type FormatValue,
  formatOperators,
  type Operator,
} from './format-operators.ts'
import { unknownTimeFields } from './format-time.ts'
import { hint } from './nearest.ts'

interface OperatorPart {
  readonly operator: Operator
  readonly arguments: readonly string[]
  readonly charsMax: number
}

type Part = string | OperatorPart

const PHASES = ['request', 'response', 'end'] as const satisfies readonly FormatPhase[]

const KNOWN_FROM: Readonly<Record<FormatPhase, string>> = {
  request: 'from the beginning',
  response: 'only with the reply',
  end: 'only when the exchange has ended',
}

/** `%%`, or a name with an argument in parentheses (which may hold `%`) and a length behind a colon. */
const OPERATOR = /%%|%([A-Za-z0-9_]+)(?:\(([^()]*)\))?(?::([0-9]{1,9}))?%|%/g

export class Format {
  readonly #parts: readonly Part[]

  constructor(parts: readonly Part[]) {
    this.#parts = parts
  }

  /** What it always comes to; `undefined` where an operator is in it. */
  get constantText(): string | undefined {
    return this.#parts.every((part) => typeof part === 'string') ? this.#parts.join('') : undefined
  }

  /** Writes the text. Values pass through `clean`; what is absent is written as `absent`. */
  write(facts: FormatFacts, absent = '', clean: (value: string) => string = same): string {
    let text = ''
    for (const part of this.#parts) {
      if (typeof part === 'string') text += part
      else text += written(readPart(part, facts), absent, clean)
    }
    return text
  }

  /** The value when the format is one operator and nothing else, so that a number stays one; else the text. */
  value(facts: FormatFacts, absent = ''): FormatValue {
    const [only] = this.#parts
    if (this.#parts.length !== 1 || only === undefined || typeof only === 'string')
      return this.write(facts, absent)
    const value = readPart(only, facts)
    return value === '' ? undefined : value
  }
}

/** Compiles a format that is written in a phase; what is wrong with it is reported. */
export function compileFormat(text: string, phase: FormatPhase, report: (text: string) => void): Format {
  const parts: Part[] = []
  let end = 0
  for (const match of text.matchAll(OPERATOR)) {
    if (match.index > end) parts.push(text.slice(end, match.index))
    end = match.index + match[0].length
    if (match[0] === '%%') parts.push('%')
    else parts.push(partOf(match, phase, report))
  }
  if (end < text.length) parts.push(text.slice(end))
  return new Format(parts)
}

function partOf(match: RegExpMatchArray, phase: FormatPhase, report: (text: string) => void): Part {
  const [whole, name, argument, length] = match
  if (name === undefined) {
    report('a single % begins no operator; write %% for the sign itself')
    return whole
  }
  const operator = Object.hasOwn(formatOperators, name) ? formatOperators[name] : undefined
  if (operator === undefined) {
    report(`no operator is named %${name}%${hint(name, Object.keys(formatOperators))}`)
    return whole
  }
  const problem = problemOf(name, operator, argument, phase)
  if (problem !== undefined) report(problem)
  const given = argument ?? ''
  return {
    operator,
    arguments: operator.argument === 'key' ? given.split('?') : [given],
    charsMax: length === undefined ? Number.POSITIVE_INFINITY : Number(length),
  }
}

function problemOf(
  name: string,
  operator: Operator,
  argument: string | undefined,
  phase: FormatPhase,
): string | undefined {
  if (PHASES.indexOf(operator.phase) > PHASES.indexOf(phase)) {
    return `%${name}% is known ${KNOWN_FROM[operator.phase]}`
  }
  switch (operator.argument) {
    case 'none':
      return argument === undefined ? undefined : `%${name}% takes no argument`
    case 'key':
      return argument === undefined || argument === ''
        ? `%${name}% needs a key, as in %${name}(method)%`
        : undefined
    case 'time': {
      const unknown = unknownTimeFields(argument ?? '')
      return unknown.length === 0 ? undefined : `%${name}% does not know ${unknown.join(', ')}`
    }
  }
}

function readPart(part: OperatorPart, facts: FormatFacts): FormatValue {
  let value: FormatValue
  for (const argument of part.arguments) {
    value = part.operator.read(facts, argument)
    if (value !== undefined) break
  }
  return typeof value === 'string' && value.length > part.charsMax ? value.slice(0, part.charsMax) : value
}

function written(value: FormatValue, absent: string, clean: (value: string) => string): string {
  if (value === undefined || value === '') return absent
  return typeof value === 'number' ? String(value) : clean(value)
}

function same(value: string): string {
  return value
}
