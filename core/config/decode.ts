/** Decode: a value that fits its declaration, with defaults filled in and durations and sizes as numbers. */
import type { TSchema } from 'typebox'
import Value from 'typebox/value'
import type { Infer } from '../../sdk/index.ts'
import { explain } from './explain.ts'

/** The decoded value, or `undefined` when {@link explain} has anything to say about it. The value is not changed. */
export function decode<const Schema extends TSchema>(
  schema: Schema,
  value: unknown,
): Infer<Schema> | undefined {
  if (explain(schema, value).length > 0) return undefined
  return Value.Decode(schema, value)
}
