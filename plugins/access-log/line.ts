/** Line: what is written about one exchange, as text or as JSON. */
import {
  compileFormat,
  type FilterContext,
  type Format,
  type FormatFacts,
  type FormatValue,
} from '../../sdk/index.ts'
import { cleanValue, cutValue } from './clean.ts'
import { type AccessLogOptions, DEFAULT_FORMAT } from './options.ts'

/** What stands in a text where nothing is known. */
const ABSENT = '-'

/** Writes one line, without its end. */
export type LineWriter = (facts: FormatFacts) => string

export function createLineWriter(options: AccessLogOptions, context: FilterContext): LineWriter {
  if (options.json === undefined) return textLine(options.format ?? DEFAULT_FORMAT, context)
  if (options.format !== undefined) context.problem(['format'], 'a log has either a format or json')
  return jsonLine(options.json, context)
}

function textLine(text: string, context: FilterContext): LineWriter {
  const format = compileFormat(text.replace(/\r?\n$/, ''), 'end', (problem) =>
    context.problem(['format'], problem),
  )
  return (facts) => format.write(facts, ABSENT, cleanValue)
}

/** Built key by key: the keys are quoted once, and nothing a value holds can end its field. */
function jsonLine(json: Readonly<Record<string, string>>, context: FilterContext): LineWriter {
  const fields = Object.entries(json).map(([key, text], index) => ({
    head: `${index === 0 ? '{' : ','}${JSON.stringify(key)}:`,
    format: compileFormat(text, 'end', (problem) => context.problem(['json', key], problem)),
  }))
  return (facts) => {
    let line = ''
    for (const { head, format } of fields) line += head + jsonValue(format, facts)
    return `${line}}`
  }
}

function jsonValue(format: Format, facts: FormatFacts): string {
  const value: FormatValue = format.value(facts, ABSENT)
  if (value === undefined) return 'null'
  return typeof value === 'number' ? JSON.stringify(value) : JSON.stringify(cutValue(value))
}
