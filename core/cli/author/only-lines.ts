/**
 * OnlyLines: a module without what compilers leave in it for debuggers, but for its lines, by which weir says where it
 * failed: the rest is several times as large and nobody here reads it.
 */
import { wasmSections } from '../../plugin/wasm-sections.ts'

const PREAMBLE_BYTES = 8
const FOR_DEBUGGERS = '.debug_'
/** What names of files stand in, beside the lines. */
const LINES: ReadonlySet<string> = new Set(['.debug_line', '.debug_line_str'])

/** What is no module is left as it is. */
export function onlyLines(wasm: Uint8Array): Uint8Array {
  const bytes = Buffer.from(wasm.buffer, wasm.byteOffset, wasm.byteLength)
  const parts = [bytes.subarray(0, PREAMBLE_BYTES)]
  let whole = PREAMBLE_BYTES
  for (const { start, end, name } of wasmSections(bytes)) {
    if (!name.startsWith(FOR_DEBUGGERS) || LINES.has(name)) parts.push(bytes.subarray(start, end))
    whole = end
  }
  return whole < bytes.length ? wasm : Buffer.concat(parts)
}
