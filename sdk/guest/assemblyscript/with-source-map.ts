/**
 * WithSourceMap: a module with its source map in it, so that one file says where it fails: the custom section
 * `sourceMappingURL` holds it as a `data:` URL. The text of the sources is left out; whoever has it needs no copy.
 */

const SECTION = 'sourceMappingURL'
const CUSTOM = 0
const PREAMBLE_BYTES = 8

/** `map` is what the compiler wrote. */
export function withSourceMap(wasm: Uint8Array, map: string): Uint8Array<ArrayBuffer> {
  const { sources, mappings } = JSON.parse(map)
  const json = JSON.stringify({ version: 3, sources, names: [], mappings })
  const url = `data:application/json;base64,${Buffer.from(json).toString('base64')}`
  const contents = Buffer.concat([named(SECTION), named(url)])
  const section = [Buffer.from([CUSTOM]), unsigned(contents.length), contents]
  return new Uint8Array(Buffer.concat([...withoutUrl(Buffer.from(wasm)), ...section]))
}

/** Everything but a section that is there already: the compiler's names a file. */
function withoutUrl(wasm: Buffer): readonly Buffer[] {
  const parts = [wasm.subarray(0, PREAMBLE_BYTES)]
  for (let at = PREAMBLE_BYTES; at < wasm.length; ) {
    const size = number(wasm, at + 1)
    const end = size.end + size.value
    const name = wasm[at] === CUSTOM ? number(wasm, size.end) : undefined
    const text = name === undefined ? '' : wasm.toString('utf8', name.end, name.end + name.value)
    if (text !== SECTION) parts.push(wasm.subarray(at, end))
    at = end
  }
  return parts
}

/** A name (WebAssembly core specification §5.2.4). */
function named(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([unsigned(bytes.length), bytes])
}

/** Unsigned LEB128 (§5.2.2). */
function unsigned(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  return Buffer.from([...bytes, rest])
}

function number(bytes: Buffer, from: number): { readonly value: number; readonly end: number } {
  let value = 0
  for (let at = from, shift = 0; ; at++, shift += 7) {
    const byte = bytes[at] ?? 0
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return { value: value >>> 0, end: at + 1 }
  }
}
