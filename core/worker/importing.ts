/**
 * Importing: the first code of a thread or process of ours, as text: it imports a module of this folder through
 * Node's cache of compiled code. A thread that strips the types of its TypeScript itself takes 35 MB more and twice
 * the time (measured; the cache fills at the first start). The cache lies in the checkout, where nobody else can
 * write. It cannot be switched on by the module itself, which would be loaded before.
 */
import { fileURLToPath } from 'node:url'

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/weir', import.meta.url))
/** Modules end as this one does: otherwise in the checkout than in a build. */
const ENDING = import.meta.url.endsWith('.ts') ? 'ts' : 'js'

/** Code that runs a module; one of this folder is named without its ending. */
export function importing(module: string | URL): string {
  const { href } = typeof module === 'string' ? new URL(`./${module}.${ENDING}`, import.meta.url) : module
  return `require('node:module').enableCompileCache(${JSON.stringify(CACHE)}); import(${JSON.stringify(href)})`
}
