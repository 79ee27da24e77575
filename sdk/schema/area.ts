/**
 * Area: a run of keys with values inside a frame, in one of the ways in which protocols write them. It finds them, says
 * what they are as texts, and writes them; what becomes of each when edits are applied is not its business.
 */
import type { ByteWriter } from '../bytes.ts'

/** Offsets of one pair after another, {@link SPAN} numbers each: the pair, its key, its value. */
export type Spans = readonly number[]

/** From where a pair lies to where; then its key; then its value. */
export const SPAN = 6

/** A pair to be written: one that is there, as it is or with another value, or a new one. */
export interface AreaItem {
  /** Where its numbers stand in the spans; -1 for a new one. */
  readonly span: number
  readonly key: string
  /** `undefined`: as it is. */
  text: string | undefined
}

export interface Area {
  /** Whether the bytes of a key are its text as it is. */
  readonly exact: boolean
  /** The pairs in `bytes[start, end)`, or why there are none to be found. */
  scan(bytes: Buffer, start: number, end: number): Spans | string
  keyText(bytes: Buffer, start: number, end: number): string
  valueText(bytes: Buffer, start: number, end: number): string
  /** Appends the pairs; answers why one cannot be written, and what is appended is then forgotten. */
  write(out: ByteWriter, bytes: Buffer, spans: Spans, items: readonly AreaItem[]): string | undefined
}
