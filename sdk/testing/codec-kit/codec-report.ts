/** CodecReport: what came of checking a codec, for programs; {@link formatReport} makes it readable. */
import type { Finding } from './finding.ts'

export interface CodecReport {
  readonly ok: boolean
  readonly codec: string
  /** How many vectors there were. */
  readonly vectors: number
  /** `trials`: how many decoders were given bytes. */
  readonly checks: readonly { readonly name: string; readonly trials: number; readonly findings: number }[]
  readonly findings: readonly Finding[]
  /** What was not checked, each with its reason. */
  readonly skipped: readonly string[]
}
