/** A script as a guest in AssemblyScript, compiled once, which works the steps through with its kit. */
import { fileURLToPath } from 'node:url'
import type { GuestModule } from '../../core/guest/guest-instance.ts'
import { buildFilter } from '../../sdk/guest/assemblyscript/build-filter.ts'
import { kitFilter, kitGuest } from './kit-config.ts'
import type { Language } from './language.ts'

const source = fileURLToPath(new URL('./assembly/script.ts', import.meta.url))
let guest: Promise<GuestModule> | undefined

export const assemblyscript: Language = {
  name: 'AssemblyScript',
  create: async (script, place) => {
    guest ??= build()
    return kitFilter(await guest, script, place)
  },
}

async function build(): Promise<GuestModule> {
  const result = await buildFilter(source)
  if (result.kind === 'failed') throw new Error(result.text)
  return kitGuest(result.wasm)
}
