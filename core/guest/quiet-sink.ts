/**
 * QuietSink: obeys of a guest's operations what may be said in every phase, lines of log and counts, and a refusal. The
 * phases in which no message is there say for themselves what more they hear.
 */
import { Mutation } from '../../sdk/index.ts'
import type { LogLevelName, OpSink } from './ops.ts'

export class QuietSink implements OpSink {
  /** Why, when the guest refuses. */
  refused: string | undefined = undefined
  readonly #tell: Pick<OpSink, 'log' | 'count'>

  constructor(tell: Pick<OpSink, 'log' | 'count'>) {
    this.#tell = tell
  }

  refuse(text: string): void {
    this.refused ??= text
  }

  log(level: LogLevelName, text: string): void {
    this.#tell.log(level, text)
  }

  count(name: string, count: number): void {
    this.#tell.count(name, count)
  }

  /** No message is there to be changed: the check lets no such operation pass, nor those below where nobody hears them. */
  mutation(): Mutation {
    return new Mutation()
  }

  verdict(): void {}
  reads(_phases: number, _key: string): void {}
  readsAll(_phases: number): void {}
  wants(_what: number): void {}
  phases(_phases: number): void {}
  state(_bytes: Buffer): void {}
}
