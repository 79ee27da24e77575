/** DurationOf: a duration on the command line, such as `30s`, as milliseconds. */
import { duration } from '../../sdk/index.ts'
import { decode } from '../config/decode.ts'
import { WrongUsage } from './wrong-usage.ts'

const schema = duration({ about: 'A duration.' })

/** Throws a sentence when it is none. */
export function durationOf(option: string, text: string): number {
  const ms = decode(schema, text)
  if (ms === undefined) throw new WrongUsage(`--${option} ${text}: write a duration such as 250ms, 30s or 5m`)
  return ms
}
