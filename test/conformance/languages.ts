/** Every language that filters are written in. The first is the contract; the others have to do what it does. */
import { assemblyscript } from './assemblyscript-script.ts'
import { js } from './js-script.ts'
import type { Language } from './language.ts'
import { lua } from './lua-script.ts'
import { typescript } from './typescript-script.ts'
import { wasm } from './wasm-script.ts'

export const languages: readonly Language[] = [typescript, wasm, assemblyscript, lua, js]
