/**
 * Why a module is refused. Thrown while one is read, which happens when a plugin is loaded and never while traffic
 * flows, and caught in one place: the meter answers it as a value.
 */

/**
 * - `malformed`: the bytes are no WebAssembly module, or not one of the form the specification asks for.
 * - `invalid`: well formed, but the engine's validation says no.
 * - `unsupported`: a type, instruction or section outside what is accepted.
 * - `import_not_offered`, `import_mismatch`: wants something the host does not give, or not in that shape.
 * - `over_quota`: declares more than the plugin may have.
 * - `reserved_name`: exports a name that belongs to the meter.
 */
export type RefusalCode =
  | 'malformed'
  | 'invalid'
  | 'unsupported'
  | 'import_not_offered'
  | 'import_mismatch'
  | 'over_quota'
  | 'reserved_name'

export class Refusal extends Error {
  readonly code: RefusalCode
  /** Where in the module's bytes. */
  readonly offset: number

  constructor(code: RefusalCode, text: string, offset: number) {
    super(text)
    this.code = code
    this.offset = offset
  }
}
