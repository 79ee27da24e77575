/**
 * Declaration: what a guest said when it was configured: which phases it is called in, which keys it reads in each,
 * and what else it wants of a message. The block is written from it, so that nothing is decoded that nobody reads.
 */

/** What of a message one phase's block carries. */
export interface Reads {
  /** Declared keys in the order of their declaration; the place of a key is its slot. */
  readonly keys: readonly string[]
  readonly allKeys: boolean
  readonly body: boolean
  readonly operation: boolean
}

export interface Declaration {
  /** Bits of `abi.phaseBit`. */
  readonly phases: number
  readonly request: Reads
  readonly response: Reads
  /** Of the frames of a streaming call. */
  readonly stream: Reads
  /** Whether the response's block carries the request as a second, read-only record. */
  readonly requestWithResponse: boolean
  /** Whether it knows what to do with configurations of routes. */
  readonly routeConfig: boolean
}
