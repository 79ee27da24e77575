/** MeteredLayout: what is kept of a metered module, so that places in it are found again in the original. */
export interface MeteredLayout {
  /** Where the code of each of the module's own functions ends in the metered one. */
  readonly functionEnds: Uint32Array
  /** Functions of the module, with those that are imported: what is behind them is the meter's. */
  readonly functionCount: number
  /** Globals likewise. */
  readonly globalCount: number
}
