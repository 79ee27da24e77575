/** SchemaProblem: one thing that does not hold together in a declared codec, and where in the declaration it stands. */

export interface SchemaProblem {
  readonly path: readonly (string | number)[]
  /** A sentence without its full stop. */
  readonly text: string
}
