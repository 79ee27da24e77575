import { describe, expect, it } from 'vitest'
import { type ConfigProblem, inFileOrder, problemExcerpt, problemText } from '../../../core/config/problem.ts'

function problem(line: number, column: number, text = 'wrong'): ConfigProblem {
  return { file: 'w.yaml', line, column, path: 'a.b', text }
}

describe('a problem', () => {
  it('is one line that begins with the place', () => {
    expect(problemText(problem(12, 7))).toBe('w.yaml:12:7: a.b: wrong')
    expect(problemText({ ...problem(0, 0), path: '' })).toBe('w.yaml: wrong')
    const told = { ...problem(1, 1), path: '', text: 'it said "\u001b[2J\nw.yaml:9:9: \u202e"' }
    expect(problemText(told)).toBe('w.yaml:1:1: it said "\\u001b[2J | w.yaml:9:9: \\u202e"')
    expect(problemExcerpt(problem(1, 3), 'a\u001b[2J')).toBe('  1 | a.[2J\n        ^')
  })

  it('shows its line of the file with a caret below the column', () => {
    expect(problemExcerpt(problem(2, 4), 'a:\n  b: c\n')).toBe('  2 |   b: c\n         ^')
  })

  it('keeps the caret in place behind tabs, and cuts long lines around the column', () => {
    expect(problemExcerpt(problem(1, 3), '\t\tb')).toBe('  1 |   b\n        ^')
    const [shown, caret] = problemExcerpt(problem(1, 501), `${'x'.repeat(500)}!${'x'.repeat(500)}`).split(
      '\n',
    )
    expect(shown?.[caret?.indexOf('^') ?? 0]).toBe('!')
    expect(shown?.length).toBeLessThan(130)
  })

  it('shows nothing for the file as a whole', () => {
    expect(problemExcerpt(problem(0, 0), 'a')).toBe('')
  })
})

describe('inFileOrder()', () => {
  it('sorts by place and drops what was found twice', () => {
    const found = [problem(2, 1), problem(1, 9), problem(1, 2), problem(2, 1)]
    expect(inFileOrder(found).map(({ line, column }) => [line, column])).toEqual([
      [1, 2],
      [1, 9],
      [2, 1],
    ])
  })
})
