/**
 * StrayFiles: what lies in the folder of plugins and is passed over, but looks as if it were meant: an ending with a slip, a
 * manifest that belongs to nobody. Whoever checks a configuration is told; whoever runs one is not.
 */
import { nearest } from '../../sdk/nearest.ts'
import { writtenOut } from '../base/written-out.ts'
import { folderEntries } from './folder-entries.ts'
import { pluginKinds, protocolOf } from './plugin-file.ts'
import { isTemporary, MANIFEST_ENDING, namedFile } from './plugin-name.ts'

const TOLD_MAX = 16
const ENDINGS = pluginKinds.filter((kind) => kind !== 'yaml')
/** A slip in an ending of two letters makes another language of it. */
const SLIP_CHARACTERS_MIN = 3

/** One sentence for each; none when the folder cannot be read, which somebody else says. */
export async function strayFiles(dir: string): Promise<readonly string[]> {
  const looked: string[] = []
  try {
    for await (const { name } of folderEntries(dir, 'stop')) looked.push(name)
  } catch {
    return []
  }
  looked.sort()
  const plugins = looked.flatMap((file) => {
    const named = namedFile(file)
    return named.kind === 'plugin' ? [named.name] : []
  })
  return looked
    .flatMap((file) => strayText(file, plugins) ?? [])
    .slice(0, TOLD_MAX)
    .map(writtenOut)
}

function strayText(file: string, plugins: readonly string[]): string | undefined {
  if (file.endsWith(MANIFEST_ENDING)) return ownerless(file, plugins)
  const dot = file.lastIndexOf('.')
  if (dot <= 0 || isTemporary(file) || namedFile(file).kind !== 'other') return undefined
  const meant = meantBy(file.slice(0, dot), file.slice(dot + 1))
  return meant === undefined || meant === file
    ? undefined
    : `${file} is passed over, did you mean "${meant}"?`
}

function meantBy(stem: string, ending: string): string | undefined {
  const yaml = /^ya?ml$/i.test(ending)
  if (yaml) return /\.(plugin|codec)$/.test(stem) ? `${stem}.yaml` : undefined
  const exact = ENDINGS.find((kind) => kind === ending.toLowerCase())
  const near = exact ?? (ending.length < SLIP_CHARACTERS_MIN ? undefined : nearest(ending, ENDINGS))
  return near === undefined ? undefined : `${stem}.${near}`
}

function ownerless(file: string, plugins: readonly string[]): string | undefined {
  const name = file.slice(0, -MANIFEST_ENDING.length)
  if (plugins.includes(name)) return undefined
  const protocol = protocolOf(name)
  const wanted = protocol === undefined ? `${name}.lua, .wasm or .js` : `${name}.lua, .wasm, .js or .yaml`
  const near = nearest(name, plugins)
  const meant = near === undefined ? '' : `, did you mean "${near}${MANIFEST_ENDING}"?`
  return `${file} is the manifest of a plugin that is not there (${wanted})${meant}`
}
