/** CallRecord: one exchange as it is kept: what the caller sent and was sent, and what came of it. Plain data. */
import type { Edit } from '../../sdk/index.ts'

export interface CallRecord {
  /** Milliseconds since 1970 when the request came. */
  readonly atMs: number
  readonly listener: string
  readonly protocol: string
  readonly peer: string
  readonly kind: string
  readonly id: string
  readonly operation: string
  /** The frames in base64: the request as it came, the reply as it was sent; null where it is left out. */
  readonly request: string | null
  readonly response: string | null
  /** The first bytes in base64 of a frame that passed in pieces, which is left out for its size; null otherwise. */
  readonly requestStart: string | null
  readonly responseStart: string | null
  readonly requestBytes: number
  readonly responseBytes: number
  readonly result: string
  /** What the upstream's reply was; empty when none came. */
  readonly responseKind: string
  readonly status: number
  /** The error that the proxy made, and its text; empty when it made none. */
  readonly error: string
  readonly errorText: string
  readonly durationMs: number
  readonly cluster: string
  readonly endpoint: string
  /** What filters changed. */
  readonly requestEdits: readonly Edit[]
  readonly responseEdits: readonly Edit[]
}
