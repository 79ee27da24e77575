/** What strangers write into the plugin folder is read in the threads of traffic: no more of it than takes a moment. */
import { describe, expect, it } from 'vitest'
import { explain } from '../../../core/config/explain.ts'
import { partsOf, tooLarge, tooLong } from '../../../core/config/parts.ts'
import { readManifest } from '../../../core/config/plugin-manifest.ts'
import { readSchemaCodec } from '../../../core/config/schema-codec.ts'
import { strangeSchema } from '../../../core/config/strange-schema.ts'
import { leastThreadMs } from '../../support/thread-ms.ts'

const HELD_MS_MAX = 50
const rows = (count: number, row: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => row(i)).join('\n')

const large: readonly (readonly [title: string, text: string])[] = [
  ['lists in lists', `config: ${'['.repeat(60_000)}`],
  ['maps in maps', '{a: '.repeat(15_000)],
  ['a list of many', `config: {a: [${'1,'.repeat(30_000)}]}`],
  ['many keys', rows(4_000, (i) => `a${i}: 1`)],
  ['many anchors', rows(4_000, (i) => `a${i}: &b${i}`)],
  ['many lines', '#\n'.repeat(30_000)],
  ['much', ' '.repeat(70_000)],
]

describe('a manifest', () => {
  it.each(large)('of %s is not read', (_title, text) => {
    expect(readManifest(text, 'tag', 'tag.plugin.yaml')).toMatch(
      /^tag\.plugin\.yaml: the manifest has more than/,
    )
  })

  it('with as many keys as it may have is read in a moment, and its first mistakes are told', () => {
    const text = rows(990, (i) => `unknown${i}: 1`)
    const read = () => readManifest(text, 'tag', 'tag.plugin.yaml')
    expect(String(read()).split('; tag.plugin.yaml:')).toHaveLength(16)
    expect(leastThreadMs(HELD_MS_MAX, read)).toBeLessThan(HELD_MS_MAX)
  })

  it('that a file carries as data is counted as well', () => {
    const config = Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`k${i}`, i]))
    expect(readManifest({ config }, 'tag', 'tag.js')).toBe('tag.js: the manifest has more than 2000 parts')
  })
})

describe('a declared codec', () => {
  it.each(large)('of %s is not read', (_title, text) => {
    expect(readSchemaCodec('line', 'line.codec.yaml', text)).toMatchObject({
      problems: [{ file: 'line.codec.yaml', text: expect.stringMatching(/^the declaration has more than/) }],
    })
  })
})

describe("a plugin's schema", () => {
  it('is not held against more values than it can be in a moment', async () => {
    const words = Array.from({ length: 900 }, (_, i) => `word ${i}`)
    const schema = await strangeSchema({ properties: { list: { type: 'array', items: { enum: words } } } })
    expect(explain(schema, { list: Array.from({ length: 50 }, () => 'word 9') })).toEqual([])
    expect(explain(schema, { list: Array.from({ length: 500 }, () => 'x') })).toMatchObject([
      { path: [], text: expect.stringMatching(/^has more than \d+ values, too many/) },
    ])
  })

  it('is data and never becomes part of a program, whatever its names are', async () => {
    const evil = [
      "'];globalThis.broken=1;['",
      '`+(globalThis.broken=1)+`',
      '*/globalThis.broken=1;/*',
      '\\',
      '__proto__',
    ]
    for (const name of evil) {
      const schema = await strangeSchema({
        $id: name,
        properties: Object.fromEntries([[name, { const: name, enum: [name], type: 'string' }]]),
        required: [name],
        dependentRequired: Object.fromEntries([[name, [name]]]),
      })
      explain(schema, Object.fromEntries([[name, name]]))
    }
    expect('broken' in globalThis).toBe(false)
    expect(Object.keys(Object.prototype)).toEqual([])
  })
})

describe('what is counted', () => {
  it('are values with those around them, up to one more than is asked for', () => {
    expect(partsOf({ a: [1, 2], b: 'x' }, 100)).toBe(5)
    expect(partsOf({ a: [1, 2], b: 'x' }, 3)).toBe(4)
    expect(tooLarge(Array.from({ length: 1_999 }, () => 1))).toBeUndefined()
    expect(tooLong('a: 1\n'.repeat(1_000))).toBeUndefined()
  })
})
