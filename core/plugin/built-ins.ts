/**
 * Built-ins: loads the plugins that come with the proxy from their folder, as it would load anyone's: each
 * `plugins/<name>/plugin.ts` (`plugin.js` in a published build) exports its declaration as `plugin`.
 */
import { access, readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Plugin } from '../../sdk/index.ts'
import { errorText } from '../base/error-text.ts'
import { Registry } from './registry.ts'

/** The folder beside `core/`, in the checkout and in a published build alike. */
const BUILT_INS = new URL('../../plugins/', import.meta.url)
/** In the checkout the first is there, in a published build the second. */
const ENTRY_FILES = ['plugin.ts', 'plugin.js']

/** Imports every plugin of the folder and registers it. Throws when one cannot be used, and names it. */
export async function loadBuiltIns(folder: URL = BUILT_INS): Promise<Registry> {
  const registry = new Registry()
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  for (const name of names.sort()) {
    const file = await entryFile(new URL(`${encodeURIComponent(name)}/`, folder))
    if (file !== undefined) registry.register(await importPlugin(file))
  }
  return registry
}

async function entryFile(folder: URL): Promise<URL | undefined> {
  for (const name of ENTRY_FILES) {
    const file = new URL(name, folder)
    const found = await access(file).then(
      () => true,
      () => false,
    )
    if (found) return file
  }
  return undefined
}

async function importPlugin(file: URL): Promise<Plugin> {
  const module: unknown = await import(file.href).catch((error: unknown) => {
    const text = errorText(error)
    throw new Error(`${fileURLToPath(file)} does not load: ${text}`, { cause: error })
  })
  const plugin = isRecord(module) ? module['plugin'] : undefined
  if (!isPlugin(plugin))
    throw new Error(`${fileURLToPath(file)} exports no plugin: export const plugin = definePlugin({…})`)
  return plugin
}

function isPlugin(value: unknown): value is Plugin {
  return isRecord(value) && typeof value['name'] === 'string'
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
