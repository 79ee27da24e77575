/** LinePlan: a declaration of text lines as it was compiled: everything that decoding and encoding look up. */
import type { Field } from './field.ts'
import type { Kinds } from './kinds.ts'
import type { LineView } from './line-view.ts'
import type { FieldReader, SchemaReader } from './property-reader.ts'

export interface LinePlan {
  readonly name: string
  readonly fields: readonly Field[]
  readonly view: LineView
  readonly reader: SchemaReader
  readonly kinds: Kinds
  /** Words that must stand in every line. */
  readonly constants: readonly {
    readonly field: Field
    readonly values: readonly string[]
    readonly read: FieldReader
  }[]
  readonly id: Field | undefined
  readonly status: { readonly field: Field; readonly read: FieldReader } | undefined
  /** The statuses that are no failure. */
  readonly ok: ReadonlySet<number>
  /** The field that has the rest of the line. */
  readonly body: Field | undefined
  readonly end: Buffer
  readonly alsoEnd: Buffer | undefined
  readonly between: Buffer
  readonly lineBytesMax: number
}
