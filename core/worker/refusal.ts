/** Refusal: a worker cannot do what it was asked, for reasons that people can understand, one line each. */
import { errorText } from '../base/error-text.ts'

export class Refusal extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }

  /** The reasons in any error. */
  static problemsOf(error: unknown): readonly string[] {
    if (error instanceof Refusal) return error.problems
    return [errorText(error)]
  }
}
