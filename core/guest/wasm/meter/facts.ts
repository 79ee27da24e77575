/** What the meter learnt about a module while it read it, so that nobody has to ask the engine or read it again. */

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128' | 'funcref' | 'externref' | 'exnref'

export interface FunctionType {
  readonly params: readonly ValueType[]
  readonly results: readonly ValueType[]
}

/** Sizes of a memory in pages or of a table in elements, the maximum as the meter left it. */
export interface SizeRange {
  readonly min: number
  readonly max: number
}

export type ExternalType =
  | { readonly kind: 'function'; readonly index: number; readonly type: FunctionType }
  | { readonly kind: 'table'; readonly index: number; readonly element: ValueType; readonly size: SizeRange }
  | { readonly kind: 'memory'; readonly index: number; readonly size: SizeRange }
  | { readonly kind: 'global'; readonly index: number; readonly type: ValueType; readonly mutable: boolean }
  | { readonly kind: 'tag'; readonly index: number }

export interface ImportFact {
  readonly module: string
  readonly name: string
  readonly type: ExternalType
}

export interface ExportFact {
  readonly name: string
  readonly type: ExternalType
}

export interface ModuleFacts {
  readonly imports: readonly ImportFact[]
  /** The module's own exports, without those of the meter. */
  readonly exports: readonly ExportFact[]
  /** The one memory, or `undefined`. */
  readonly memory: SizeRange | undefined
  readonly tables: readonly SizeRange[]
  /** Functions that the module defines itself. */
  readonly functionCount: number
  /** Size of the largest function's code, before metering: what eager compilation takes follows it. */
  readonly functionBytes: number
  /** Size of all code, before metering. */
  readonly codeBytes: number
  /** Values times places where paths part or meet, in all: about 15 ns each for the engine's baseline compiler. */
  readonly compileWork: number
  /** Whether there is a start function; the host calls it under the name the meter gave it, with fuel. */
  readonly start: boolean
  /** Whether the module names its functions, so that stack traces have names. */
  readonly named: boolean
  /** Contents of the custom section `weir.manifest`, a view of the module's bytes, or `undefined`. */
  readonly manifest: Uint8Array | undefined
}
