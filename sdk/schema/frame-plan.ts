/** FramePlan: a declaration of binary frames as it was compiled: everything that decoding and encoding look up. */
import type { ChecksumField } from './checksum-field.ts'
import type { Field } from './field.ts'
import type { FrameView } from './frame-view.ts'
import type { Kinds } from './kinds.ts'
import type { Layout } from './layout.ts'
import type { SchemaReader } from './property-reader.ts'
import type { Slot } from './slot.ts'

/** What must stand in a frame. */
export interface Constant {
  readonly field: Field
  /** One of these. */
  readonly values: readonly Buffer[]
  readonly code: 'magic' | 'version'
}

export interface FramePlan {
  readonly name: string
  readonly layout: Layout
  readonly view: FrameView
  readonly reader: SchemaReader
  readonly kinds: Kinds
  readonly slots: readonly Slot[]
  /** Those in the fixed head first. */
  readonly constants: readonly Constant[]
  readonly checksums: readonly ChecksumField[]
  readonly id: Slot | undefined
  /** The id, where ids are texts. */
  readonly textId: Field | undefined
  readonly status: Slot | undefined
  /** The statuses that are no failure. */
  readonly ok: ReadonlySet<number>
  readonly body: Field | undefined
  readonly compressed: Slot | undefined
  readonly frameBytesMax: number
  readonly headerBytesMax: number
}
