/**
 * PluginName: which files of the folder are plugins. What editors, copies and downloads leave behind while they write
 * is passed over without a word; a plugin whose name cannot be used is named to people.
 */
import { type PluginKind, pluginKinds, protocolOf } from './plugin-file.ts'

/** As it stands in configurations, metrics and logs. */
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/
/** Dot files and `.#lock` links, `name~`, `#name#`, swap and temporary files; vim's 4913 has no ending at all. */
const TEMPORARY = /^[.#]|[~#]$|\.(tmp|temp|swp|swo|swx|bak|orig|part|partial|crdownload|new)$/i

/** Tests stand beside what they test. */
const TEST = /\.test\.(lua|js|yaml)$/

export const MANIFEST_ENDING = '.plugin.yaml'

export type NamedFile =
  | { readonly kind: 'plugin'; readonly name: string; readonly runtime: PluginKind }
  | { readonly kind: 'other' }
  | { readonly kind: 'problem'; readonly text: string }

const OTHER: NamedFile = { kind: 'other' }

/** Whether somebody leaves it behind who writes another one. */
export function isTemporary(file: string): boolean {
  return TEMPORARY.test(file)
}

/** What a file is by its name alone. */
export function namedFile(file: string): NamedFile {
  if (isTemporary(file) || TEST.test(file)) return OTHER
  const dot = file.lastIndexOf('.')
  const ending = file.slice(dot + 1)
  const runtime = pluginKinds.find((kind) => kind === ending)
  if (dot <= 0 || runtime === undefined) return OTHER
  const name = file.slice(0, dot)
  const protocol = protocolOf(name)
  // Other files in YAML are manifests, tests and what people keep beside them.
  if (runtime === 'yaml' && (protocol === undefined || !NAME.test(protocol))) return OTHER
  if (NAME.test(protocol ?? name)) return { kind: 'plugin', name, runtime }
  const text = 'a plugin is named with letters, digits, - and _, beginning with a letter, at most 63 of them'
  return { kind: 'problem', text }
}
