/** Refusal: a worker cannot do what it was asked, for reasons that people can understand, one line each. */
export class Refusal extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }

  /** The reasons in any error. */
  static problemsOf(error: unknown): readonly string[] {
    if (error instanceof Refusal) return error.problems
    return [error instanceof Error ? error.message : String(error)]
  }
}
