import type { TSchema } from 'typebox'
import { describe, expect, it } from 'vitest'
import { decode } from '../../../core/config/decode.ts'
import { explain } from '../../../core/config/explain.ts'
import { pathText } from '../../../core/config/path.ts'
import { strangeSchema } from '../../../core/config/strange-schema.ts'
import { byteSize, duration, options, Type } from '../../../sdk/index.ts'

function texts(schema: TSchema, value: unknown): readonly string[] {
  return explain(schema, value).map(({ path, text }) => `${pathText(path)}: ${text}`)
}

const range = options({ start: Type.Number(), end: Type.Optional(Type.Number()) })
const matcher = Type.Union([
  Type.String(),
  options({ exact: Type.String() }),
  options({ prefix: Type.String() }),
  options({ range }),
])

describe('explain() of a union', () => {
  const cases: readonly (readonly [name: string, value: unknown, found: readonly string[]])[] = [
    ['says nothing about a value that fits one branch', { prefix: 'a' }, []],
    ['lists the kinds when none fits', 5, [': must be a string or a map, not 5: put it in quotes']],
    ['lists the kinds for nothing at all', null, [': must be a string or a map, not empty']],
    [
      'knows the keys of every branch',
      { prefx: 'a' },
      ['prefx: unknown key "prefx", did you mean "prefix"? (known: exact, prefix, range)'],
    ],
    [
      'picks the branch whose key is there',
      { range: { start: 'x' } },
      ['range.start: must be a number, not "x"'],
    ],
    ['asks for one of the keys when there is none', {}, [': needs one of exact, prefix or range']],
    [
      'says which keys exclude each other',
      { exact: 'a', prefix: 'b' },
      ['prefix: "prefix" does not go together with exact'],
    ],
  ]
  it.each(cases)('%s', (_name, value, found) => {
    expect(texts(matcher, value)).toEqual(found)
  })

  it('reads a union of words as one list of words', () => {
    const words = Type.Union([Type.Literal('open'), Type.Literal('closed')])
    expect(texts(words, 'opn')).toEqual([': unknown value "opn", did you mean "open"? (known: open, closed)'])
  })

  it('finds what is wrong inside recursive declarations', () => {
    const tree = Type.Cyclic({ Node: options({ all: Type.Optional(Type.Array(Type.Ref('Node'))) }) }, 'Node')
    expect(texts(tree, { all: [{ all: [{}, { al: [] }] }] })).toEqual([
      'all[0].all[1].al: unknown key "al", did you mean "all"? (known: all)',
    ])
  })
})

describe('explain() of single values', () => {
  const cases: readonly (readonly [name: string, schema: TSchema, value: unknown, text: string])[] = [
    ['a number for a text', Type.String(), 1, 'must be a string, not 1: put it in quotes'],
    ['a text for an integer', Type.Integer(), '5', 'must be an integer, not "5"'],
    ['a fraction for an integer', Type.Integer(), 1.5, 'must be an integer, not 1.5'],
    ['a number that is too small', Type.Integer({ minimum: 2 }), 1, 'must be at least 2, not 1'],
    ['a number that is too large', Type.Integer({ maximum: 2 }), 3, 'must be at most 2, not 3'],
    ['nothing for a map', options({}), null, 'must be a map, not empty'],
    ['an empty text', Type.String({ minLength: 1 }), '', 'must not be empty'],
    ['too few elements', Type.Array(Type.String(), { minItems: 1 }), [], 'needs at least 1 element'],
    ['a size without its unit', byteSize({ about: '' }), 5, '5 is not understood: write it like 64KiB, 8MiB'],
    [
      'a long text',
      Type.Integer(),
      'x'.repeat(100),
      `must be an integer, not ${JSON.stringify('x'.repeat(100)).slice(0, 48)}…`,
    ],
    ['too long a text', Type.String({ maxLength: 2 }), 'abc', 'must not have more than 2 characters'],
    [
      'too many elements',
      Type.Array(Type.String(), { maxItems: 0 }),
      ['a'],
      'must not have more than 0 elements',
    ],
    ['the first number beyond', Type.Number({ exclusiveMaximum: 1 }), 1, 'must be less than 1, not 1'],
  ]
  it.each(cases)('%s', (_name, schema, value, text) => {
    expect(texts(schema, value)).toEqual([`: ${text}`])
  })

  it('reports a missing key once, as misspelt', () => {
    expect(texts(options({ address: Type.String() }), { adress: 'x' })).toEqual([
      'adress: unknown key "adress", did you mean "address"? (known: address)',
    ])
  })

  it('does not ask for what has a default', () => {
    expect(texts(options({ a: Type.Integer({ default: 1 }), b: Type.Integer() }), {})).toEqual([
      ': "b" is missing',
    ])
  })

  it('does not take what every object inherits for a key that is there', () => {
    expect(texts(options({ a: Type.Optional(Type.String()) }), { toString: 1, constructor: 2 })).toHaveLength(
      2,
    )
    expect(texts(options({ constructor: Type.String() }), {})).toEqual([': "constructor" is missing'])
  })
})

describe('decode()', () => {
  it('fills defaults in and reads units, and leaves what was written alone', () => {
    const schema = options({ wait: duration({ about: '', default: '1.5s' }), size: byteSize({ about: '' }) })
    const written = { size: '2KiB' }
    expect(decode(schema, written)).toEqual({ wait: 1_500, size: 2_048 })
    expect(written).toEqual({ size: '2KiB' })
  })

  it('answers nothing for what does not fit', () => {
    expect(decode(options({}), { a: 1 })).toBeUndefined()
  })
})

describe('a schema of somebody else', () => {
  const schema = {
    type: 'object',
    properties: { a: { type: 'integer' } },
    oneOf: [{ required: ['a'] }, { required: ['b'] }],
  }

  it('is held against the words that declarations do not have', async () => {
    const strange = await strangeSchema(schema)
    expect(texts(strange, { a: 1 })).toEqual([])
    expect(texts(strange, { a: 'x' })).toEqual(['a: must be an integer, not "x"'])
    expect(texts(strange, { a: 1, b: 2 }).length).toBeGreaterThan(0)
  })
})

describe('decode()', () => {
  it('fills in what is missing at every depth, and makes numbers of durations in unions, lists and maps', () => {
    const part = options({
      wait: duration({ about: '', default: '2s' }),
      size: Type.Optional(byteSize({ about: '' })),
    })
    const schema = options({
      either: Type.Union([Type.String(), part], { default: {} }),
      list: Type.Array(part, { default: [{}] }),
      named: Type.Record(Type.String(), part, { default: {} }),
      free: Type.Optional(Type.Unknown()),
    })
    expect(decode(schema, {})).toEqual({ either: { wait: 2_000 }, list: [{ wait: 2_000 }], named: {} })
    expect(decode(schema, { either: 'x', list: [], named: { a: { size: '1KiB' } }, free: null })).toEqual({
      either: 'x',
      list: [],
      named: { a: { wait: 2_000, size: 1_024 } },
      free: null,
    })
    expect(decode(schema, { list: [{ wait: 'soon' }] })).toBeUndefined()
  })

  it('keeps a key that objects have of themselves', () => {
    const made = decode(
      Type.Record(Type.String(), Type.Integer()),
      JSON.parse('{"__proto__": 1, "constructor": 2}'),
    )
    expect(Object.entries(made ?? {})).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
    ])
  })
})
