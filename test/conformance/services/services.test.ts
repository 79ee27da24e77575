/** What every author has, in the languages that need no compiler of their own; the others are in `test/interop/`. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { GuestModule } from '../../../core/guest/guest-instance.ts'
import { createJsModule } from '../../../core/guest/js/create-js-module.ts'
import { defaultJsLimits } from '../../../core/guest/js/js-limits.ts'
import { createLuaModule } from '../../../core/guest/lua/create-lua-module.ts'
import { Trap } from '../../../core/guest/trap.ts'
import { buildFilter } from '../../../sdk/guest/assemblyscript/build-filter.ts'
import { interpreter } from '../../core/guest/lua/lua-guest.ts'
import { kitGuest } from '../kit-config.ts'
import { serves } from './serves.ts'

const read = (name: string): Buffer => readFileSync(new URL(name, import.meta.url))

function whole<Module extends GuestModule>(module: Module | Trap): Module {
  if (module instanceof Trap) throw new Error(module.text)
  return module
}

serves('Lua', async () =>
  whole(createLuaModule({ interpreter, name: 'services.lua', file: read('services.lua') })),
)

serves('JavaScript', async () =>
  whole(createJsModule({ name: 'services.js', file: read('services.js'), limits: defaultJsLimits })),
)

serves('AssemblyScript', async () => {
  const built = await buildFilter(fileURLToPath(new URL('../assembly/services.ts', import.meta.url)))
  if (built.kind === 'failed') throw new Error(built.text)
  return await kitGuest(built.wasm)
})
