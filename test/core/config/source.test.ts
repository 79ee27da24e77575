import { describe, expect, it } from 'vitest'
import { problemText } from '../../../core/config/problem.ts'
import { configSizeMax } from '../../../core/config/read.ts'
import { ConfigSource } from '../../../core/config/source.ts'

function faults(text: string): readonly string[] {
  return new ConfigSource('w.yaml', text).problems.map(problemText)
}

describe('ConfigSource', () => {
  it('reads plain data and keeps its positions', () => {
    const source = new ConfigSource('w.yaml', 'a:\n  - b: 1\n    c: { d: x }\n')
    expect(source.value).toEqual({ a: [{ b: 1, c: { d: 'x' } }] })
    expect(problemText(source.problem(['a', 0, 'c', 'd'], 'wrong'))).toBe('w.yaml:3:13: a[0].c.d: wrong')
  })

  it('shows a block at its key and a value at itself', () => {
    const source = new ConfigSource('w.yaml', 'list:\n  map:\n    key: value\nempty:\n')
    expect(source.problem(['list', 'map'], '')).toMatchObject({ line: 2, column: 3 })
    expect(source.problem(['list', 'map', 'key'], '')).toMatchObject({ line: 3, column: 10 })
    expect(source.problem(['list', 'map', 'key'], '', 'key')).toMatchObject({ line: 3, column: 5 })
    expect(source.problem(['empty'], '')).toMatchObject({ line: 4, column: 1 })
  })

  it('shows what the file does not hold where its nearest part stands', () => {
    const source = new ConfigSource('w.yaml', 'a:\n  b: 1\n')
    expect(source.problem(['a', 'x', 0, 'y'], '')).toMatchObject({ line: 1, column: 1, path: 'a.x[0].y' })
  })

  it('writes keys that are no plain words in quotes', () => {
    const source = new ConfigSource('w.yaml', '{}')
    expect(source.problem(['a', 'b.c', 0], '').path).toBe('a["b.c"][0]')
  })

  it('expands aliases', () => {
    expect(new ConfigSource('w.yaml', 'a: &x [1]\nb: *x\n').value).toEqual({ a: [1], b: [1] })
  })

  const cases: readonly (readonly [name: string, text: string, line: string])[] = [
    ['a key that stands twice', 'a: 1\nb: 2\na: 3\n', 'w.yaml:3:1: this key stands twice in the same map'],
    [
      'several documents',
      'a: 1\n---\nb: 2\n',
      'w.yaml:2:1: the file holds several documents; a configuration is one',
    ],
    ['an alias of nothing', 'a: *nope\n', 'w.yaml:1:4: alias *nope has no anchor before it'],
    ['an alias inside its own anchor', 'a: &x [*x]\n', 'w.yaml:1:8: alias *x stands inside its own anchor'],
    ['the key __proto__', 'a: { __proto__: { b: 1 } }\n', 'w.yaml:1:6: the key __proto__ is not allowed'],
    [
      'a tag nobody knows',
      'a: !!js/function x\n',
      'w.yaml:1:4: Unresolved tag: tag:yaml.org,2002:js/function',
    ],
    ['a map as a key', '? [a]\n: 1\n', 'w.yaml:1:3: With stringKeys, all keys must be strings'],
    ['a text without its end', 'a: "x\n', 'w.yaml:2:1: Missing closing "quote'],
  ]
  it.each(cases)('refuses %s', (_name, text, line) => {
    expect(faults(text)).toEqual([line])
  })

  it('refuses aliases that multiply', () => {
    const levels = Array.from({ length: 12 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i}, `.repeat(9)}]`)
    const source = new ConfigSource('w.yaml', `l0: &l0 [lol]\n${levels.join('\n')}\n`)
    expect(source.value).toBeUndefined()
    expect(source.problems.map(({ text }) => text)).toEqual(['aliases repeat too much'])
  })

  it.each([
    ['in lists', '['],
    ['in maps', '{a: '],
    ['in blocks', '- '],
  ])('refuses deep nesting %s at once and without overflowing the stack', (_name, opening) => {
    for (const depth of [100, 20_000]) {
      const texts = faults(opening.repeat(depth))
      expect(texts.length).toBeGreaterThan(0)
      expect(texts.length).toBeLessThan(depth * 2 + 10)
    }
    const closed = opening === '[' ? `${'['.repeat(200)}${']'.repeat(200)}` : undefined
    if (closed !== undefined)
      expect(faults(closed)).toEqual([expect.stringMatching(/nested deeper than 64 levels$/)])
  })

  it('refuses a file that is too large', () => {
    expect(faults(`# ${'x'.repeat(configSizeMax)}`)).toEqual([
      'w.yaml: the file is larger than 4194304 bytes',
    ])
  })
})
