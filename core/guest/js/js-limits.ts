/**
 * JsLimits: what one JavaScript plugin may take. Fuel is time here, in nanoseconds that pass while the call runs in its
 * isolate; a call that was not let run for most of them is asked once more. Time is generous, because a call that spends it
 * holds up its own plugin's process and nobody else.
 */
export interface JsLimits {
  readonly sourceBytesMax: number
  /** Heap of one isolate with its buffers; the engine enforces no less than 8 MiB. */
  readonly memoryBytesMax: number
  /** One call. */
  readonly fuelPerCall: number
  /** Running the module and `onConfigure`. */
  readonly fuelToConfigure: number
  /** All operations of one call with their bodies; whoever checks them holds them to finer budgets. */
  readonly answerBytesMax: number
  /** The largest block that is handed over: a message with its body. */
  readonly blockBytesMax: number
  /** Lines of log and counts of one call that are handed on; one more than is obeyed, so that dropping is seen. */
  readonly linesMax: number
  readonly lineBytesMax: number
  /** Questions to the key-value store in one call; each is a way to the worker and back. */
  readonly storeCallsMax: number
  /** Of the sentence that tells why a call failed, with its stack. */
  readonly errorBytesMax: number
  /** A process that was busy for so long beyond what its call may take, asked again, and has said nothing, is ended. */
  readonly graceMs: number
  /** Until a new process must have said that it is ready. */
  readonly startMs: number
  /** What its process may occupy beyond the memory of its instances before it is ended. */
  readonly processBytesMax: number
  /** Calls that wait for an answer, and bytes that wait to be sent. */
  readonly callsMax: number
  readonly pendingBytesMax: number
  /** Between the ends of a process that keeps ending and the next one: nothing, then this, doubled up to the other. */
  readonly restartMs: number
  readonly restartMaxMs: number
  /** Bytes of what its process prints that are logged in a second. */
  readonly printedBytesPerSecond: number
}

export const defaultJsLimits: JsLimits = Object.freeze({
  sourceBytesMax: 1 << 20,
  memoryBytesMax: 32 << 20,
  fuelPerCall: 250_000_000,
  fuelToConfigure: 1_000_000_000,
  answerBytesMax: 1_572_864,
  blockBytesMax: 64 << 20,
  linesMax: 33,
  lineBytesMax: 1_028,
  storeCallsMax: 1_000,
  errorBytesMax: 2_048,
  graceMs: 150,
  startMs: 5_000,
  processBytesMax: 192 << 20,
  callsMax: 16_384,
  pendingBytesMax: 64 << 20,
  restartMs: 50,
  restartMaxMs: 5_000,
  printedBytesPerSecond: 4_096,
})

/** A codec is given whole chunks, and writes whole frames. */
export const defaultJsCodecLimits: JsLimits = Object.freeze({
  ...defaultJsLimits,
  memoryBytesMax: 64 << 20,
  answerBytesMax: 16 << 20,
})
