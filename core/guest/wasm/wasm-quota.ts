/** WasmQuota: what one WebAssembly plugin may take, of memory for each instance and of fuel for each call. */
export interface WasmQuota {
  readonly moduleBytesMax: number
  readonly memoryPagesMax: number
  readonly tableElementsMax: number
  readonly functionsMax: number
  readonly functionBytesMax: number
  /** A unit is about a third of a nanosecond. */
  readonly fuelPerCall: number
  /** For the messages of one turn; the last of them may spend as much again as a call may. */
  readonly fuelPerTurn: number
  /** For everything until the instance is configured: while traffic waits, when one has failed. Go takes 3.8 million. */
  readonly fuelToStart: number
}

export const defaultWasmQuota: WasmQuota = Object.freeze({
  moduleBytesMax: 8 << 20,
  memoryPagesMax: 1_024,
  tableElementsMax: 65_536,
  functionsMax: 50_000,
  functionBytesMax: 1 << 19,
  fuelPerCall: 10_000_000,
  fuelPerTurn: 20_000_000,
  fuelToStart: 30_000_000,
})
