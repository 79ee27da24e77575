/** WasmManifest: the text of the custom section `weir.manifest` of a WebAssembly module: YAML or JSON. Nothing is compiled. */

const SECTION = 'weir.manifest'
const CUSTOM = 0
const PREAMBLE_BYTES = 8
const TEXT_BYTES_MAX = 65_536

/** `undefined` when there is none, or the bytes are no module; what is wrong with those is seen when it is compiled. */
export function wasmManifest(bytes: Buffer): string | undefined {
  for (let at = PREAMBLE_BYTES; at < bytes.length; ) {
    const id = bytes[at]
    const size = number(bytes, at + 1)
    if (size === undefined || size.value > bytes.length - size.end) return undefined
    const end = size.end + size.value
    if (id === CUSTOM) {
      const name = number(bytes, size.end)
      const text = name === undefined ? undefined : section(bytes, name.end, name.end + name.value, end)
      if (text !== undefined) return text
    }
    at = end
  }
  return undefined
}

function section(bytes: Buffer, nameAt: number, nameEnd: number, end: number): string | undefined {
  if (nameEnd > end || bytes.toString('utf8', nameAt, nameEnd) !== SECTION) return undefined
  if (end - nameEnd > TEXT_BYTES_MAX) throw new Error(`its manifest has more than ${TEXT_BYTES_MAX} bytes`)
  return bytes.toString('utf8', nameEnd, end)
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
