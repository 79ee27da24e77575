/**
 * OnlyLines: a module without what compilers leave in it for debuggers, but for its lines, by which weir says where it
 * failed: the rest is several times as large and nobody here reads it.
 */

const CUSTOM = 0
const PREAMBLE_BYTES = 8
const FOR_DEBUGGERS = '.debug_'
/** What names of files stand in, beside the lines. */
const LINES: ReadonlySet<string> = new Set(['.debug_line', '.debug_line_str'])

/** What is no module is left as it is. */
export function onlyLines(wasm: Uint8Array): Uint8Array {
  const bytes = Buffer.from(wasm.buffer, wasm.byteOffset, wasm.byteLength)
  const parts = [bytes.subarray(0, PREAMBLE_BYTES)]
  for (let at = PREAMBLE_BYTES; at < bytes.length; ) {
    const size = number(bytes, at + 1)
    const end = size === undefined ? undefined : size.end + size.value
    if (size === undefined || end === undefined || end > bytes.length) return wasm
    const name = bytes[at] === CUSTOM ? nameAt(bytes, size.end, end) : ''
    if (!name.startsWith(FOR_DEBUGGERS) || LINES.has(name)) parts.push(bytes.subarray(at, end))
    at = end
  }
  return Buffer.concat(parts)
}

function nameAt(bytes: Buffer, at: number, end: number): string {
  const size = number(bytes, at)
  return size === undefined ? '' : bytes.toString('utf8', size.end, Math.min(end, size.end + size.value))
}

/** Unsigned LEB128 of at most 32 bits (WebAssembly core specification §5.2.2). */
function number(bytes: Buffer, from: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0
  for (let i = 0; i < 5; i++) {
    const byte = bytes[from + i]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return { value, end: from + i + 1 }
  }
  return undefined
}
