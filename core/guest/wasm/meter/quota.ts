/**
 * What a module may declare and import. The meter refuses a module that asks for more, and lowers every maximum in
 * what it accepts, so that the guest cannot grow past it while it runs.
 */
import type { FunctionType } from './facts.ts'
import type { TypeShare } from './type-ledger.ts'

/** Something the host offers; a shape that is given is checked, one that is left out is for linking to check. */
export type OfferedImport =
  | {
      readonly kind: 'function'
      readonly module: string
      readonly name: string
      readonly type?: FunctionType
    }
  | { readonly kind: 'memory' | 'table' | 'global'; readonly module: string; readonly name: string }

export interface MeterQuota {
  /** Size of the module as it was given. */
  readonly moduleBytesMax: number
  /** Functions that the module defines itself. */
  readonly functionsMax: number
  /** Size of one function's code: a large one holds a compiler thread for long, and no fuel stops that. */
  readonly functionBytesMax: number
  /** Memory in pages of 64 KiB, defined or imported. */
  readonly memoryPagesMax: number
  /** Elements of one table, defined or imported; at most eight tables are accepted. */
  readonly tableElementsMax: number
  /** Everything that may be imported; the rest is refused. */
  readonly imports: readonly OfferedImport[]
  /**
   * Whether exception handling (WebAssembly 3.0: tags, `throw`, `try_table`) is accepted, with numbers as payload.
   * Off unless the module is known: each exception lives in the engine's heap, which no quota here bounds.
   */
  readonly exceptions: 'refused' | 'numbers'
  /** Where its types are counted; absent where the module is known. */
  readonly types?: TypeShare | undefined
}
