/** The page about declared codecs: its examples compile, and its tables are those of the declaration. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { problemText } from '../../../core/config/problem.ts'
import { readSchemaCodec } from '../../../core/config/schema-codec.ts'
import { codecDeclaration } from '../../../sdk/schema/declaration.ts'
import { keyTables } from './key-tables.ts'

const page = readFileSync(new URL('../../../sdk/schema/README.md', import.meta.url), 'utf8')
const examples = [...page.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? '')

describe('sdk/schema/README.md', () => {
  it.each(examples.map((text, index) => [index + 1, text] as const))(
    'has an example %i that compiles',
    (index, text) => {
      const read = readSchemaCodec('example', `example-${index}`, text)
      expect(read.kind === 'codec' ? [] : read.problems.map(problemText)).toEqual([])
    },
  )

  it('has every key of the declaration in its tables', () => {
    const shown = /<!-- made from [^\n]*\n([\s\S]*?)<!-- end -->/.exec(page)?.[1]
    expect(shown).toBe(`${keyTables(codecDeclaration)}\n`)
  })
})
