/** Command: one verb of the command line with everything that its help and its parser need to know. */
import type { CliHost } from './host.ts'

export interface CommandOption {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  /** What a string option's value is called in help, such as `FILE`. */
  readonly value?: string
  readonly about: string
  /** May be given several times. */
  readonly multiple?: boolean
  /** `--no-…` turns it off. */
  readonly negatable?: boolean
}

export interface Command {
  readonly name: string
  /** One sentence without its full stop. */
  readonly about: string
  readonly usage: string
  readonly options: Readonly<Record<string, CommandOption>>
  /** What arguments without a flag are called in help; absent when there may be none. */
  readonly argument?: string
  /** The verbs of a command that does nothing itself; their names begin with its own. */
  readonly commands?: readonly Command[]
  readonly examples: readonly (readonly [command: string, about: string])[]
  /** Answers the exit code. */
  run(call: Call, host: CliHost): Promise<number>
}

/** A parsed command line. */
export class Call {
  readonly arguments: readonly string[]
  readonly #values: ReadonlyMap<string, readonly (string | boolean)[]>

  constructor(values: ReadonlyMap<string, readonly (string | boolean)[]>, positionals: readonly string[]) {
    this.#values = values
    this.arguments = positionals
  }

  /** The values of a string option in the order given. */
  texts(option: string): readonly string[] {
    return (this.#values.get(option) ?? []).filter((value) => typeof value === 'string')
  }

  /** The last value of a string option. */
  text(option: string): string | undefined {
    return this.texts(option).at(-1)
  }

  /** The last that was said about a flag. */
  flag(option: string): boolean | undefined {
    return (this.#values.get(option) ?? []).findLast((value) => typeof value === 'boolean')
  }
}
