/** TestResult: what became of one case or test; it has passed when nothing failed and nothing differs. */
import type { CodecReport } from '../../../sdk/testing/codec-kit/codec-report.ts'
import type { Difference } from './difference.ts'

export interface TestResult {
  readonly file: string
  /** Where the case begins, or the first expectation that does not hold; counts from 1. */
  readonly line: number
  readonly name: string
  /** Why it could not be run, or what its own assertions say; in lines. */
  readonly failure: readonly string[]
  readonly differences: readonly Difference[]
  /** Of a codec: everything that the kit says. */
  readonly report?: CodecReport
}

export function passed({ failure, differences }: TestResult): boolean {
  return failure.length === 0 && differences.length === 0
}
