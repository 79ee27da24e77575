/**
 * NamesFit: whether the names that a module gives itself and its functions (WebAssembly core specification §7.4) are as
 * long as names are. The engine writes them into the stack of every trap, ten at a time: with seven megabytes of a name
 * that took a third of a second.
 */
import { BinaryReader } from './binary-reader.ts'
import { readEach } from './read-each.ts'
import { Refusal } from './refusal.ts'

/** Rust and C++ write types into names; a kilobyte is far above what they make of any. */
const NAME_BYTES_MAX = 1_024
/** Kinds of names, each of which is there once; the specification and its extensions have twelve. */
const PARTS_MAX = 64
const MODULE_NAME = 0
const FUNCTION_NAMES = 1

/** `contents` is the section behind its own name. One that cannot be read does not fit either. It is read in steps. */
export function* namesFit(contents: BinaryReader): Generator<undefined, boolean> {
  const reader = new BinaryReader(contents.bytes, contents.at, contents.end)
  try {
    for (let parts = 0; reader.remaining > 0; parts++) {
      if (parts === PARTS_MAX || !(yield* partFits(reader.byte(), reader.part(reader.u32())))) return false
    }
    return true
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

function* partFits(id: number, part: BinaryReader): Generator<undefined, boolean> {
  if (id === MODULE_NAME) return nameFits(part)
  if (id !== FUNCTION_NAMES) return true
  let fits = true
  yield* readEach(part, part.u32(), () => {
    part.u32()
    fits = nameFits(part) && fits
  })
  return fits
}

function nameFits(reader: BinaryReader): boolean {
  const size = reader.u32()
  reader.skip(size)
  return size <= NAME_BYTES_MAX
}
