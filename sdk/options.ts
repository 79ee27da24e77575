/**
 * Options: one declaration gives an option's type, its validation, its default and its line in the reference.
 * Durations and sizes are written with their unit and arrive as numbers.
 */
import type { StaticDecode, TProperties, TSchema } from 'typebox'
import { Type } from './type.ts'

const DURATION_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }
const SIZE_BYTES = { B: 1, KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824 }

/** An object whose unknown keys are errors. */
export function options<const Properties extends TProperties>(properties: Properties, about?: string) {
  return Type.Object(properties, {
    additionalProperties: false,
    ...(about === undefined ? {} : { description: about }),
  })
}

/** Options that may be left out as a whole, because each has a default. */
export function section<const Properties extends TProperties>(properties: Properties, about: string) {
  return Type.Object(properties, { additionalProperties: false, default: {}, description: about })
}

/** A duration such as `250ms`, `5s`, `1.5m`, `1h`; arrives as milliseconds. */
export function duration(declared: { readonly about: string; readonly default?: string }) {
  const schema = Type.String({
    pattern: '^[0-9]+(\\.[0-9]+)?(ms|s|m|h)$',
    description: declared.about,
    examples: ['250ms', '5s', '1m'],
    ...(declared.default === undefined ? {} : { default: declared.default }),
  })
  return Type.Codec(schema)
    .Decode((text: string) => inUnits(text, DURATION_MS))
    .Encode((ms: number) => `${ms}ms`)
}

/** A size such as `512B`, `64KiB`, `8MiB`; arrives as bytes. */
export function byteSize(declared: { readonly about: string; readonly default?: string }) {
  const schema = Type.String({
    pattern: '^[0-9]+(\\.[0-9]+)?(B|KiB|MiB|GiB)$',
    description: declared.about,
    examples: ['64KiB', '8MiB'],
    ...(declared.default === undefined ? {} : { default: declared.default }),
  })
  return Type.Codec(schema)
    .Decode((text: string) => inUnits(text, SIZE_BYTES))
    .Encode((bytes: number) => `${bytes}B`)
}

/** One of several words. */
export function choice<const Words extends readonly string[]>(
  words: Words,
  declared: { readonly about: string; readonly default?: Words[number] },
) {
  return Type.Unsafe<Words[number]>({
    type: 'string',
    enum: [...words],
    description: declared.about,
    ...(declared.default === undefined ? {} : { default: declared.default }),
  })
}

/** The type that an option's declaration decodes to. */
export type Infer<Schema extends TSchema> = StaticDecode<Schema>

function inUnits(text: string, units: Readonly<Record<string, number>>): number {
  const unit = text.replace(/^[0-9.]+/, '')
  return Number.parseFloat(text) * (units[unit] ?? Number.NaN)
}
