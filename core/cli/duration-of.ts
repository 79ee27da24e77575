/** DurationOf: a duration on the command line, such as `30s`, as milliseconds. */
import Value from 'typebox/value'
import { duration } from '../../sdk/index.ts'

const schema = duration({ about: 'A duration.' })

/** Throws a sentence when it is none. */
export function durationOf(option: string, text: string): number {
  if (!Value.Check(schema, text))
    throw new Error(`--${option} ${text}: write a duration such as 250ms, 30s or 5m`)
  return Value.Decode(schema, text)
}
