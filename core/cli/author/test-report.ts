/** TestReport: results of tests for people: what passed in one line each, what did not with everything that differs. */
import { type ConfigProblem, problemText } from '../../config/problem.ts'
import type { Paint } from './paint.ts'
import { passed, type TestResult } from './test-result.ts'
import type { TestRunResult } from './test-run.ts'

export function testReport({ results, problems }: TestRunResult, paint: Paint): string {
  const lines = results.flatMap((result) => resultLines(result, paint))
  const wrong = problems.map((problem) => paint('red', problemText(problem)))
  const failed = results.filter((result) => !passed(result)).length
  const all = `${results.length - failed} passed${failed === 0 ? '' : `, ${failed} failed`}`
  const summary = paint(failed === 0 && problems.length === 0 ? 'green' : 'red', all)
  return `${[...lines, ...wrong, summary].join('\n')}\n`
}

/** The same for programs. */
export function testJson({ results, problems }: TestRunResult) {
  return {
    passed: results.every(passed) && problems.length === 0,
    tests: results.map((result) => ({ passed: passed(result), ...result })),
    problems: problems.map((problem: ConfigProblem) => ({ ...problem })),
  }
}

function resultLines(result: TestResult, paint: Paint): readonly string[] {
  const place = paint('gray', `${result.file}:${result.line}`)
  if (passed(result)) return [`${paint('green', '✓')} ${result.name}`]
  return [
    `${paint('red', '✗')} ${result.name}  ${place}`,
    ...result.failure.map((line) => `    ${line}`),
    ...result.differences.flatMap(({ what, expected, got }) => [
      `    ${what}`,
      ...expected.map((line) => paint('green', `      - expected  ${line}`)),
      ...got.map((line) => paint('red', `      + got       ${line}`)),
    ]),
  ]
}
