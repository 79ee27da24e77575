import TypeBox from 'typebox'
import { expect, test } from 'vitest'
import { Type } from '../../sdk/index.ts'

type Builders = typeof Type

/** A value with everything that is hidden in it, as data. */
function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown)
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(Object.getOwnPropertyDescriptors(value)).map(([key, { value: part, enumerable }]) => [
      enumerable ? key : `hidden ${key}`,
      shown(part),
    ]),
  )
}

const told = { description: 'What it is.', default: 1, examples: ['x'] }

test.each<[string, (of: Builders) => unknown]>([
  ['Array', (of) => of.Array(of.String(), { minItems: 1 })],
  ['Boolean', (of) => of.Boolean(told)],
  ['Codec', (of) => of.Codec(of.String(told)).Decode(Number).Encode(String)],
  ['Codec of what is optional', (of) => of.Codec(of.Optional(of.String())).Decode(Number).Encode(String)],
  [
    'Cyclic',
    (of) => of.Cyclic({ Tree: of.Union([of.String(), of.Array(of.Ref('Tree'), { maxItems: 2 })]) }, 'Tree'),
  ],
  ['Integer', (of) => of.Integer({ minimum: 1 })],
  ['Literal', (of) => of.Literal('a', told)],
  ['Literal of a number', (of) => of.Literal(3)],
  ['Null', (of) => of.Null()],
  ['Number', (of) => of.Number({ exclusiveMaximum: 1 })],
  [
    'Object',
    (of) => of.Object({ a: of.String(), b: of.Optional(of.Integer()) }, { additionalProperties: false }),
  ],
  ['Object without anything that must be there', (of) => of.Object({ b: of.Optional(of.Integer()) })],
  ['Optional', (of) => of.Optional(of.Codec(of.String()).Decode(Number).Encode(String))],
  ['Record', (of) => of.Record(of.String(), of.Unknown(), told)],
  ['Ref', (of) => of.Ref('Other', { description: 'x' })],
  ['String', (of) => of.String({ pattern: '^a' })],
  ['Union', (of) => of.Union([of.Null(), of.Number()], told)],
  ['Unknown', (of) => of.Unknown(told)],
  ['Unsafe', (of) => of.Unsafe<string>({ type: 'string', enum: ['a'] })],
  ['Unsafe of a declaration', (of) => of.Unsafe<string>(of.String())],
])('%s makes what TypeBox makes', (_name, declare) => {
  expect(shown(declare(Type))).toEqual(shown(declare(TypeBox)))
})
