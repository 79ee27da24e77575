/**
 * ReadEach: reads so many of something, in steps: a module may be megabytes of any of its sections, and the thread that
 * reads it has something else to do.
 */
import type { BinaryReader } from './binary-reader.ts'

/** Bytes of a step: half a millisecond of the slowest section. */
const STEP_BYTES = 65_536

export function* readEach(reader: BinaryReader, count: number, read: () => void): Generator<undefined> {
  let step = reader.at
  for (let i = 0; i < count; i++) {
    read()
    if (reader.at - step < STEP_BYTES) continue
    step = reader.at
    yield
  }
}
