/** WasmSections: where the sections of a WebAssembly module lie (core specification §5.5.2), as far as they can be told apart. */

const CUSTOM = 0
const PREAMBLE_BYTES = 8

export interface WasmSection {
  readonly start: number
  readonly end: number
  /** Of a custom section; empty otherwise. */
  readonly name: string
  /** Behind the name. */
  readonly contentsAt: number
}

/** Ends where bytes are that are no section; the last one that is told then ends before the module does. */
export function* wasmSections(bytes: Buffer): Generator<WasmSection> {
  for (let start = PREAMBLE_BYTES; start < bytes.length; ) {
    const size = number(bytes, start + 1)
    if (size === undefined || size.value > bytes.length - size.end) return
    const end = size.end + size.value
    const name = bytes[start] === CUSTOM ? number(bytes, size.end) : undefined
    const contentsAt = name === undefined ? size.end : name.end + name.value
    const named = name !== undefined && contentsAt <= end
    yield { start, end, name: named ? bytes.toString('utf8', name.end, contentsAt) : '', contentsAt }
    start = end
  }
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
