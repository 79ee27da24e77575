/** A stranger's JSON Schema is held against nothing before its words are known to be of their kinds. */
import { describe, expect, it } from 'vitest'
import { explain } from '../../../core/config/explain.ts'
import { pathText } from '../../../core/config/path.ts'
import { readManifest } from '../../../core/config/plugin-manifest.ts'
import { schemaFault } from '../../../core/config/schema-fault.ts'
import { strangeSchema } from '../../../core/config/strange-schema.ts'

const unprintable = { toString: 1, valueOf: 1 }
const said = (schema: Record<string, unknown>) => {
  const fault = schemaFault(schema)
  return fault === undefined ? undefined : `${pathText(fault.path)}: ${fault.text}`
}

describe('schemaFault()', () => {
  it.each([
    [
      'a pattern in a list',
      { properties: { a: { pattern: ['(a+)+$'] } } },
      /^properties\.a\.pattern: "pattern" is not/,
    ],
    ['a reference', { items: { $ref: '#' } }, /^items\["\$ref"\]: /],
    ['a word that the library calls', { '~refine': [{}] }, /"~refine" is not understood/],
    [
      'a length that is no number',
      { minLength: unprintable },
      /^minLength: must be a whole number, not a map$/,
    ],
    ['a step of nothing', { multipleOf: 0 }, /^multipleOf: must be a number above 0, not 0$/],
    ['a type that is none', { type: 'strin' }, /^type: .*not "strin": did you mean "string"\?$/],
    ['no types', { type: [] }, /^type: must be string/],
    ['a union of nothing', { anyOf: [] }, /^anyOf: must be a list of one schema or more$/],
    ['a branch that is no schema', { allOf: [{}, 3] }, /^allOf\[1\]: must be a schema, not 3$/],
    ['a key that is no schema', { properties: { a: null } }, /^properties\.a: must be a schema, not empty$/],
    ['keys that are a list', { properties: [{}] }, /^properties: must be a map of schemas, not a list$/],
    ['a need of no text', { required: ['a', 1] }, /^required: must be a list of strings$/],
    ['an old dependency', { dependencies: { a: ['b'], c: 1 } }, /^dependencies\.c: must be a schema/],
    [
      'a slip',
      { properties: { a: { maxLenght: 3 } } },
      /^properties\.a\.maxLenght: .* did you mean "maxLength"\?$/,
    ],
    [
      'many parts',
      { enum: Array.from({ length: 1_000 }, () => 1) },
      /^: the schema has more than 1000 parts$/,
    ],
  ])('finds %s, and where it stands', (_name, schema, wanted) => {
    expect(said(schema)).toMatch(wanted)
  })

  it('finds nothing in what the language allows, whatever keys and words are called', () => {
    const fine = {
      ...{ $schema: 'https://example.org', title: 't', type: ['object', 'null'], required: ['pattern'] },
      ...{
        markdownDescription: 'm',
        'x-order': 1,
        example: {},
        default: { pattern: 1 },
        enum: [unprintable],
      },
      properties: { pattern: { type: 'string' }, list: { items: [true, false], minContains: 1 }, $ref: {} },
      ...{
        dependentRequired: { a: ['b'] },
        oneOf: [{}, { not: { const: unprintable } }],
        if: {},
        else: true,
      },
      additionalProperties: false,
    }
    expect(said(fine)).toBeUndefined()
  })

  it('lets an empty table of Lua be a list or a map', () => {
    expect(said({ required: {}, properties: {}, dependentRequired: { a: {} } })).toBeUndefined()
  })
})

describe('what is held against a value', () => {
  it('answers for words that cannot be written as text', async () => {
    const schema = await strangeSchema({
      properties: { a: { enum: [unprintable, 'b'] }, c: { const: unprintable } },
    })
    expect(explain(schema, { a: 'x', c: 'y' })).toHaveLength(2)
  })
})

describe('a manifest', () => {
  it('names the line of a fault in the schema', () => {
    const text = 'options:\n  type: object\n  properties:\n    who: { type: strng }\n'
    expect(readManifest(text, 'a', 'a.plugin.yaml')).toMatch(
      /^a\.plugin\.yaml:4:18: options\.properties\.who\.type: must be .*did you mean "string"\?$/,
    )
  })
})
