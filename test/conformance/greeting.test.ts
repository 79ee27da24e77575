/** Codecs with greetings in AssemblyScript; the other kits are tried in `test/interop/`. */
import { fileURLToPath } from 'node:url'
import { buildFilter } from '../../sdk/guest/assemblyscript/build-filter.ts'
import { greets } from './greets.ts'
import { kitCodec } from './kit-config.ts'

for (const source of ['greeting.ts', 'chunks.ts']) {
  greets(`AssemblyScript (${source})`, async () => {
    const built = await buildFilter(fileURLToPath(new URL(`./assembly/${source}`, import.meta.url)))
    if (built.kind === 'failed') throw new Error(built.text)
    return await kitCodec(built.wasm)
  })
}
