/** A script as a guest in AssemblyScript, compiled once, which works the steps through with its kit. */
import { fileURLToPath } from 'node:url'
import { buildFilter } from '../../sdk/guest/assemblyscript/build-filter.ts'
import { kitFilter } from './kit-config.ts'
import type { Language } from './language.ts'

const source = fileURLToPath(new URL('./assembly/script.ts', import.meta.url))
let built: ReturnType<typeof buildFilter> | undefined

export const assemblyscript: Language = {
  name: 'AssemblyScript',
  create: async (script, place) => {
    built ??= buildFilter(source)
    const result = await built
    if (result.kind === 'failed') throw new Error(result.text)
    return kitFilter(result.wasm, script, place)
  },
}
