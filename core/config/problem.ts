/** ConfigProblem: one thing that is wrong with a configuration file, and how it is printed. */
import { oneLine } from '../base/one-line.ts'
import { writtenOut } from '../base/written-out.ts'

export interface ConfigProblem {
  readonly file: string
  /** Both count from 1; 0 when the problem is the file itself. */
  readonly line: number
  readonly column: number
  /** Such as `listeners[0].filters[1]`; empty for the whole file. */
  readonly path: string
  /** A sentence without its full stop. */
  readonly text: string
}

/** A source line longer than this is cut around the column. */
const SOURCE_COLUMNS_MAX = 110
/** What terminals obey; one column stays one. */
const OBEYED = /[\p{Cc}\p{Cf}]/gu

/** One line that editors and terminals make a link of, whatever a plugin says about itself in it. */
export function problemText(problem: ConfigProblem): string {
  const { file, line, column, path, text } = problem
  const where = line === 0 ? file : `${file}:${line}:${column}`
  return writtenOut(oneLine(path === '' ? `${where}: ${text}` : `${where}: ${path}: ${text}`))
}

/** The line the problem stands on with a caret below it; empty when it stands nowhere. */
export function problemExcerpt(problem: ConfigProblem, source: string): string {
  const line = source.split('\n')[problem.line - 1]?.trimEnd().replaceAll('\t', ' ')
  if (line === undefined || line === '') return ''
  const start = line.length <= SOURCE_COLUMNS_MAX ? 0 : Math.max(0, problem.column - SOURCE_COLUMNS_MAX / 2)
  const gutter = `  ${problem.line} | `
  const shown = line.slice(start, start + SOURCE_COLUMNS_MAX).replaceAll(OBEYED, '.')
  return `${gutter}${shown}\n${' '.repeat(gutter.length + problem.column - 1 - start)}^`
}

/** In the order of the file, each once. */
export function inFileOrder(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  const seen = new Map(problems.map((problem) => [problemText(problem), problem]))
  return [...seen.values()].sort((a, b) => a.line - b.line || a.column - b.column)
}
