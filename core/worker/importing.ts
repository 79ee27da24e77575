/**
 * Importing: the first code of a thread or process of ours, as text: it imports a module through Node's cache of
 * compiled code. A thread that strips the types of its TypeScript itself takes 17 MB more (measured; the cache fills
 * at the first start). The cache lies in the checkout, where nobody else can write. The module cannot switch it on
 * itself, for it would have been loaded before.
 */
import { fileURLToPath } from 'node:url'

const CACHE = fileURLToPath(new URL(`../../node_modules/.cache/weir`, import.meta.url))
/** A build has JavaScript where the checkout has TypeScript. */
const BUILT = import.meta.url.endsWith('.js')

/**
 * Code that runs a module, which is named as it is in the checkout, under flags of the engine. They are set as they are for
 * threads: the cache has another place for the same flags on a command line.
 */
export function importing(module: URL, flags: readonly string[] = []): string {
  const href = BUILT ? module.href.replace(/\.ts$/, '.js') : module.href
  const set = flags.map((flag) => `require('node:v8').setFlagsFromString(${JSON.stringify(flag)}); `).join('')
  return `${set}require('node:module').enableCompileCache(${JSON.stringify(CACHE)}); import(${JSON.stringify(href)})`
}
