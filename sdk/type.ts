/**
 * Type: how options are declared: JSON Schema, with the types that it stands for. What is made and what it means is
 * TypeBox's, and a test holds one against the other; only that a worker loads this page instead of the library, whose
 * 700 modules take 10 MB in every worker.
 */
import type TypeBox from 'typebox'

type Builders = Pick<
  typeof TypeBox,
  | 'Array'
  | 'Boolean'
  | 'Codec'
  | 'Cyclic'
  | 'Integer'
  | 'Literal'
  | 'Null'
  | 'Number'
  | 'Object'
  | 'Optional'
  | 'Record'
  | 'Ref'
  | 'String'
  | 'Union'
  | 'Unknown'
  | 'Unsafe'
>

type Part = object
type Parts = Readonly<Record<string, unknown>>
type Convert = (value: unknown) => unknown

const builders: object = {
  Array: (items: Part, options?: Parts) => made('Array', { type: 'array', items }, options),
  Boolean: (options?: Parts) => made('Boolean', { type: 'boolean' }, options),
  Codec: (part: Part) => ({
    Decode: (decode: Convert) => ({
      Encode: (encode: Convert) => hidden(copy(part), { '~codec': { decode, encode } }),
    }),
  }),
  Cyclic: (parts: Readonly<Record<string, Part>>, $ref: string) => {
    const named = Object.entries(parts).map(([name, part]) => [
      name,
      Object.assign(copy(part), { $id: name }),
    ])
    return made('Cyclic', { $defs: Object.fromEntries(named), $ref })
  },
  Integer: (options?: Parts) => made('Integer', { type: 'integer' }, options),
  Literal: (value: unknown, options?: Parts) =>
    made('Literal', { type: typeof value, const: value }, options),
  Null: (options?: Parts) => made('Null', { type: 'null' }, options),
  Number: (options?: Parts) => made('Number', { type: 'number' }, options),
  Object: (properties: Readonly<Record<string, Part>>, options?: Parts) => {
    const required = Object.keys(properties).filter((key) => !('~optional' in (properties[key] ?? {})))
    const needed = required.length === 0 ? {} : { required }
    return made('Object', { type: 'object', ...needed, properties }, options)
  },
  Optional: (part: Part) => hidden(copy(part), { '~optional': true }),
  Record: (_key: Part, value: Part, options?: Parts) =>
    made('Record', { type: 'object', patternProperties: { '^.*$': value } }, options),
  Ref: ($ref: string, options?: Parts) => made('Ref', { $ref }, options),
  String: (options?: Parts) => made('String', { type: 'string' }, options),
  Union: (anyOf: readonly Part[], options?: Parts) => made('Union', { anyOf }, options),
  Unknown: (options?: Parts) => made('Unknown', {}, options),
  Unsafe: (part: Part) => hidden(copy(part), { '~unsafe': null }),
}

function made(kind: string, parts: Parts, options: Parts = {}): Part {
  return hidden({ ...parts, ...options }, { '~kind': kind })
}

/** With what only the validator is to see, and no one who writes the declaration down. */
function hidden(part: Part, values: Parts): Part {
  for (const [key, value] of Object.entries(values))
    Object.defineProperty(part, key, { configurable: true, writable: true, enumerable: false, value })
  return part
}

/** With all that is hidden. */
function copy(part: Part): Part {
  return Object.defineProperties({}, Object.getOwnPropertyDescriptors(part))
}

/** They have the types of what they are held against. */
function areBuilders(made: object): made is Builders {
  return 'Object' in made
}

if (!areBuilders(builders)) throw new Error('there is nothing to declare options with')

export const Type: Builders = builders
