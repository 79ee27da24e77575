/** OpBudget: how much one call of a guest may answer. Whoever asks for more has failed. */
export interface OpBudget {
  /** The whole list without its bodies. */
  readonly opsBytesMax: number
  readonly opsMax: number
  /** What one use of a plugin may set, add and remove of one message: each key is looked for among all others. */
  readonly editsMax: number
  /** The body that a message is given, a reply's, or that of a call out. */
  readonly bodyBytesMax: number
  readonly keyBytesMax: number
  readonly valueBytesMax: number
  /** Properties of one reply or call out. */
  readonly propertiesMax: number
  /** The sentence of an error, of a refusal, and one line of log. */
  readonly textBytesMax: number
  readonly logLinesMax: number
  readonly countsMax: number
  /** Keys that a guest may declare. */
  readonly readsMax: number
  readonly pauseMsMax: number
}

export const defaultOpBudget: OpBudget = Object.freeze({
  opsBytesMax: 262_144,
  opsMax: 1_024,
  editsMax: 128,
  bodyBytesMax: 1_048_576,
  keyBytesMax: 256,
  valueBytesMax: 65_536,
  propertiesMax: 64,
  textBytesMax: 1_024,
  logLinesMax: 16,
  countsMax: 32,
  readsMax: 64,
  pauseMsMax: 60_000,
})
