/** CodecThrew: what is thrown when a codec has thrown where the contract lets it throw nothing. */
import type { FindingCode } from './finding.ts'

export type ThrowingCode = Extract<FindingCode, `${string}_throws` | 'never_ends'>

export class CodecThrew extends Error {
  readonly code: ThrowingCode
  /** The bytes that it was given, when they are not the vector's. */
  readonly bytes: Uint8Array | undefined

  constructor(code: ThrowingCode, cause: unknown, bytes?: Uint8Array) {
    super(cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause), { cause })
    this.code = code
    this.bytes = bytes
  }
}

/** Calls into the codec; what it throws becomes a finding. */
export function guarded<Result>(code: ThrowingCode, call: () => Result, bytes?: Uint8Array): Result {
  try {
    return call()
  } catch (error) {
    throw error instanceof CodecThrew ? error : new CodecThrew(code, error, bytes)
  }
}
