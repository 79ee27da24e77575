/** The page about declared codecs: its examples compile, and its tables are those of the declaration. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { problemText } from '../../../core/config/problem.ts'
import { readSchemaCodec } from '../../../core/config/schema-codec.ts'
import { codecDeclaration } from '../../../sdk/schema/declaration.ts'
import { keyTables } from './key-tables.ts'

const page = readFileSync(new URL('../../../sdk/schema/README.md', import.meta.url), 'utf8')
const examples = [...page.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? '')

const keys = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map((match) => match[1] ?? '')

/** Whether one of the places where an example has the key is refused, written with a letter too many, by line and key. */
function toldOf(key: string, text: string): boolean {
  const places = [...text.matchAll(new RegExp(`(?<=^|[\\s{,])${key}(?=:\\s)`, 'gm'))]
  return places.some(({ index }) => {
    const wrong = `${text.slice(0, index)}${key[0]}${key}${text.slice(index + key.length)}`
    const line = text.slice(0, index).split('\n').length
    const read = readSchemaCodec('example', 'e', wrong)
    const told = read.kind === 'codec' ? [] : read.problems.map(problemText)
    return told.some((each) => each.startsWith(`e:${line}:`) && each.includes(`did you mean "${key}"?`))
  })
}

describe('sdk/schema/README.md', () => {
  it.each(examples.map((text, index) => [index + 1, text] as const))(
    'has an example %i that compiles',
    (index, text) => {
      const read = readSchemaCodec('example', `example-${index}`, text)
      expect(read.kind === 'codec' ? [] : read.problems.map(problemText)).toEqual([])
    },
  )

  it('shows every key of its tables in an example, where a slip of the finger is told with its line', () => {
    const untold = keys.filter((key) => !examples.some((text) => toldOf(key, text)))
    expect(keys.length).toBeGreaterThan(60)
    expect(untold).toEqual([])
  })

  it('has every key of the declaration in its tables', () => {
    const shown = /<!-- made from [^\n]*\n([\s\S]*?)<!-- end -->/.exec(page)?.[1]
    expect(shown).toBe(`${keyTables(codecDeclaration)}\n`)
  })
})
