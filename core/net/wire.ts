/**
 * Wire: how bytes get between a socket and its connection. There are two: through Node's streams, which is always
 * possible, and past them, where this Node is known to allow that.
 */
export interface Wire {
  /** Bytes given to it that the system has not taken; what was given together counts until all of it has been. */
  readonly waitingBytes: number
  /** A figure that changes while the system takes parts of what waits; 0 where it is not known. */
  readonly queueBytes: number
  /** Nobody may change the pieces until they have left. What does not leave at once is told of when it has. */
  write(pieces: readonly Buffer[]): void
}

export interface WireUser {
  /** The chunk is the receiver's, for as long as anybody refers to it. */
  onChunk(chunk: Buffer): void
  /** What could not leave at once has left; more may wait again by now. */
  onWritten(): void
}
