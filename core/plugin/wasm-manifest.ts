/** WasmManifest: the text of the custom section `weir.manifest` of a WebAssembly module: YAML or JSON. Nothing is compiled. */
import { wasmSections } from './wasm-sections.ts'

const SECTION = 'weir.manifest'
const TEXT_BYTES_MAX = 65_536

/** `undefined` when there is none, or the bytes are no module; what is wrong with those is seen when it is compiled. */
export function wasmManifest(bytes: Buffer): string | undefined {
  for (const { name, contentsAt, end } of wasmSections(bytes)) {
    if (name !== SECTION) continue
    if (end - contentsAt > TEXT_BYTES_MAX)
      throw new Error(`its manifest has more than ${TEXT_BYTES_MAX} bytes`)
    return bytes.toString('utf8', contentsAt, end)
  }
  return undefined
}
