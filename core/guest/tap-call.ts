/** TapCall: one call of a plugin as somebody who watches sees it; plain data, with every text cut. */

/** One key that the call changed: all its values, before and after. */
export interface TapEdit {
  readonly key: string
  readonly before: readonly string[]
  readonly after: readonly string[]
}

export interface TapCall {
  readonly plugin: string
  readonly phase: 'request' | 'response' | 'end'
  /** Milliseconds since 1970. */
  readonly atMs: number
  readonly operation: string
  readonly requestId: string
  readonly listener: string
  /** Such as `continue`, `reply denied: go away`, `forward canary`; how the exchange ended in phase end. */
  readonly verdict: string
  readonly edits: readonly TapEdit[]
  /** The new body where there is one. */
  readonly body: string | undefined
  /** What it said meanwhile, as `info text`. */
  readonly lines: readonly string[]
  /** Why the call failed, with file and line where they are known. */
  readonly failure: string | undefined
  readonly tookMs: number
  /** `undefined` where nobody can tell. */
  readonly fuel: number | undefined
}

/** What a worker hands on at once. */
export interface TapReport {
  readonly calls: readonly TapCall[]
  /** Calls that were not looked at, because there were too many. */
  readonly skipped: number
}
