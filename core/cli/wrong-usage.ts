/** WrongUsage: the command line is wrong; thrown by commands, said by the cli with where help is, and exit code 2. */

export class WrongUsage extends Error {
  /** A sentence each. */
  readonly mistakes: readonly string[]

  constructor(...mistakes: readonly string[]) {
    super(mistakes.join('; '))
    this.mistakes = mistakes
  }
}
