/**
 * LuaLimits: what one Lua plugin may take. Fuel is the meter's unit; in Lua it stands for 0.03 to 0.15 ns, depending on
 * what is done (measured over thirty kinds of endless loops), so the default stops any of them within 15 ms, and
 * within 50 when nothing is warm and the machine is busy.
 */
export interface LuaLimits {
  readonly sourceBytesMax: number
  /** Memory of one instance, with the megabyte that the interpreter itself needs. */
  readonly memoryBytesMax: number
  /** Running the chunk and `onConfigure`. At most 2³¹−1, like {@link fuelPerCall}. */
  readonly fuelToConfigure: number
  readonly fuelPerCall: number
  /** For the messages of one turn; the last of them may spend as much again as a call may. */
  readonly fuelPerTurn: number
  /** All operations of one call with their bodies; whoever checks them holds them to finer budgets. */
  readonly answerBytesMax: number
  /** Lines of log and counts of one call that are handed on; one more than is obeyed, so that dropping is seen. */
  readonly linesMax: number
  readonly lineBytesMax: number
}

export const defaultLuaLimits: LuaLimits = Object.freeze({
  sourceBytesMax: 1 << 20,
  memoryBytesMax: 16 << 20,
  fuelToConfigure: 200_000_000,
  fuelPerCall: 100_000_000,
  fuelPerTurn: 50_000_000,
  answerBytesMax: 1_572_864,
  linesMax: 33,
  lineBytesMax: 1_028,
})
