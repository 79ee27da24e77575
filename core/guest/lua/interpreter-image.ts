/**
 * The interpreter's image: Lua 5.4 as WebAssembly, as the package wasmoon ships it, with a small memory to begin with
 * and metered. It is made once for a process; workers share what was compiled from it.
 */
import { readFileSync } from 'node:fs'
import { BinaryReader } from '../wasm/meter/binary-reader.ts'
import { meterModule } from '../wasm/meter/meter-module.ts'
import type { MeterQuota } from '../wasm/meter/quota.ts'
import { interpreterImports } from './interpreter-imports.ts'

/** Pages of 64 KiB. Its data and C stack take 1.03 MiB; as published it begins with 16 MiB, below which no quota could go. */
const INITIAL_PAGES = 20
/** No plugin's quota is larger. */
const PAGES_MAX = 4_096
const PREAMBLE_BYTES = 8
const MEMORY_SECTION = 5

const quota: MeterQuota = {
  moduleBytesMax: 1 << 20,
  functionsMax: 2_000,
  functionBytesMax: 1 << 16,
  memoryPagesMax: PAGES_MAX,
  tableElementsMax: 1_024,
  imports: interpreterImports.map(([module, name]) => ({ kind: 'function', module, name })),
  exceptions: 'refused',
}

/** Compiles the interpreter. Throws when the package is not the one that this was written for. */
export function compileInterpreter(): WebAssembly.Module {
  const file = new URL('glue.wasm', import.meta.resolve('wasmoon'))
  const image = Uint8Array.from(readFileSync(file))
  lowerMemory(image)
  const result = meterModule(image, quota)
  if (result.kind === 'refused') throw new Error(`the Lua interpreter ${result.text}`)
  return new WebAssembly.Module(result.bytes)
}

/** Writes the smaller minimum over the one that is there (WebAssembly core specification §5.5.8), in its own size. */
function lowerMemory(image: Uint8Array): void {
  const reader = new BinaryReader(image, PREAMBLE_BYTES, image.length)
  while (reader.remaining > 0) {
    const section = reader.byte()
    const size = reader.u32()
    if (section !== MEMORY_SECTION) {
      reader.skip(size)
      continue
    }
    reader.skip(2)
    const { at } = reader
    if (reader.u32() < INITIAL_PAGES || reader.at - at !== 2) break
    image[at] = 0x80 | (INITIAL_PAGES & 0x7f)
    image[at + 1] = INITIAL_PAGES >> 7
    return
  }
  throw new Error('the Lua interpreter has another memory than expected')
}
