/** Load run: what the load generator is asked to do, and what it answers. Both travel between processes as JSON. */

export interface LoadShape {
  readonly connections: number
  readonly inFlight: number
  /** Size of a request frame, header included. */
  readonly frameBytes: number
}

export interface LoadRun {
  readonly port: number
  /** The process whose CPU and memory are read; `undefined` reads none. */
  readonly pid: number | undefined
  readonly shape: LoadShape
  readonly warmupMs: number
  /** How long to measure, or how many requests, whichever is given. */
  readonly windowMs?: number
  readonly requests?: number
  /** Calls a second over all connections instead of as many as go. */
  readonly rate?: number
  /** How long what is in flight may take to come back after the window; default 30 s. */
  readonly finishMs?: number
  /** After so many requests the memory is read. */
  readonly memoryAt?: readonly number[]
}

/** Opens connections, makes one call on each and holds them. */
export interface IdleRun {
  readonly port: number
  readonly pid: number
  readonly idleConnections: number
  readonly settleMs: number
}

export interface LoadResult {
  /** Correct replies in the measured window. */
  readonly requests: number
  readonly seconds: number
  /** Wrong or missing replies over the whole run; 0 in a run that counts. */
  readonly wrong: number
  readonly wrongText: string
  readonly cpuMicros: number
  readonly residentBytes: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Resident bytes at each of `memoryAt`. */
  readonly memory: readonly number[]
}

export interface IdleResult {
  readonly connections: number
  readonly wrong: number
  readonly wrongText: string
  readonly residentBefore: number
  readonly residentAfter: number
}
