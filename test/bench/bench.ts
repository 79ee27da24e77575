/** Bench: what every section works with: the load generator, the targets, and the table a section answers. */
import type { ChildProcess } from 'node:child_process'
import type { IdleResult, IdleRun, LoadResult, LoadRun } from './load-run.ts'
import type { BenchOptions } from './options.ts'
import type { Ground } from './targets.ts'

export interface Bench {
  readonly options: BenchOptions
  readonly ground: Ground
  readonly load: LoadGenerator
  /** Progress, for a person who watches. */
  tell(text: string): void
}

/** A row of figures; the keys are the columns, `null` is a figure that does not exist. */
export type Row = Readonly<Record<string, string | number | null>>

export interface Section {
  readonly name: string
  readonly title: string
  readonly rows: readonly Row[]
  readonly notes: readonly string[]
}

/** The load generator's process; one run at a time. */
export class LoadGenerator {
  readonly #child: ChildProcess

  constructor(child: ChildProcess) {
    this.#child = child
  }

  run(run: LoadRun): Promise<LoadResult> {
    return this.#ask<LoadResult>(run)
  }

  idle(run: IdleRun): Promise<IdleResult> {
    return this.#ask<IdleResult>(run)
  }

  #ask<Result>(run: LoadRun | IdleRun): Promise<Result> {
    return new Promise((resolve, reject) => {
      const onExit = () => reject(new Error('the load generator ended'))
      this.#child.once('exit', onExit)
      this.#child.once('message', (text: string) => {
        this.#child.off('exit', onExit)
        const answer: Result & { failed?: string } = JSON.parse(text)
        if (answer.failed === undefined) resolve(answer)
        else reject(new Error(answer.failed))
      })
      this.#child.send(JSON.stringify(run))
    })
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2
}

/** Three significant digits, which is more than these figures deserve. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3))
}

export function megabytes(bytes: number): number {
  return rounded(bytes / 1_000_000)
}
