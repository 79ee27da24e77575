/** CodecLimits: what one codec of a guest may take and say; what a single instance may, its runtime is told. */
export interface CodecLimits {
  /** Fuel of one call: so much for each, so much for each byte that is handed over, and no more than the runtime allows. */
  readonly fuelPerCall: number
  readonly fuelPerByte: number
  /** What calls leave over is saved up to so much, for the one that has to clean up. */
  readonly fuelSavedMax: number
  /** What may stand before a frame's body; the listener's `body-size-max` is added to it. */
  readonly headerBytesMax: number
  /** Frames that one answer may hold; the guest is asked again for those behind them. */
  readonly framesMax: number
  readonly propertiesMax: number
  /** What a frame's properties and texts may have beside the frame itself. */
  readonly ownBytesMax: number
  readonly keyBytesMax: number
  readonly textBytesMax: number
  readonly stateBytesMax: number
  /** What it may send when a connection begins. */
  readonly prefaceBytesMax: number
  /** What is shown of a request that is answered with an error. */
  readonly shownBytesMax: number
  /** Times in one chunk that the guest may say how many bytes it needs, before it is given everything there is. */
  readonly needsMax: number
  /** Keys that it may write. */
  readonly writesMax: number
  readonly sniffBytesMax: number
}

export const defaultCodecLimits: CodecLimits = Object.freeze({
  fuelPerCall: 2_000_000,
  fuelPerByte: 2_000,
  fuelSavedMax: 0,
  headerBytesMax: 65_536,
  framesMax: 4_096,
  propertiesMax: 1_024,
  ownBytesMax: 65_536,
  keyBytesMax: 256,
  textBytesMax: 1_024,
  stateBytesMax: 4_096,
  prefaceBytesMax: 65_536,
  shownBytesMax: 4_096,
  needsMax: 8,
  writesMax: 256,
  sniffBytesMax: 1_024,
})
