/** Trap: a guest call that failed, as a code that stats carry and a sentence for people. */

/**
 * - `fuel`: the call spent its budget of fuel or time.
 * - `memory`: it touched memory outside of its own, or its memory quota stopped it.
 * - `stack`: it called itself too deeply.
 * - `unreachable`: it gave up by itself, as a panic does, or broke a rule of its own machine.
 * - `abi`: a pointer, size or list of operations that the ABI does not allow.
 * - `budget`: well-formed operations beyond a budget.
 * - `capability`: it used what it was not granted.
 * - `exited`: it, or the process that ran it, is gone.
 */
export type TrapKind =
  | 'fuel'
  | 'memory'
  | 'stack'
  | 'unreachable'
  | 'abi'
  | 'budget'
  | 'capability'
  | 'exited'

export const trapKinds = [
  'fuel',
  'memory',
  'stack',
  'unreachable',
  'abi',
  'budget',
  'capability',
  'exited',
] as const satisfies readonly TrapKind[]

export class Trap {
  readonly kind: TrapKind
  readonly text: string

  constructor(kind: TrapKind, text: string) {
    this.kind = kind
    this.text = text
  }

  /** For people; that a plugin gave up by itself, an error of its own says better. */
  get reason(): string {
    return this.kind === 'unreachable' ? this.text : `${this.kind}: ${this.text}`
  }
}
