/** Report: configuration problems as text for people and as JSON for programs. */
import { type ConfigProblem, problemExcerpt, problemText } from '../config/problem.ts'
import type { CliHost } from './host.ts'

/** Prints every problem, with its line of the file when a person watches, and how many there are. */
export function reportProblems(problems: readonly ConfigProblem[], source: string, host: CliHost): void {
  for (const problem of problems) {
    const excerpt = host.watched ? problemExcerpt(problem, source) : ''
    host.err(`${problemText(problem)}\n${excerpt === '' ? '' : `${excerpt}\n`}`)
  }
  if (problems.length > 1 && host.watched) host.err(`${problems.length} problems\n`)
}
