/** PluginsDir: the option that says where plugins are, for a file that has no place for it, as a bootstrap of Envoy's. */
import { resolve } from 'node:path'
import type { Call, CommandOption } from './command.ts'

export const pluginsOption: CommandOption = {
  type: 'string',
  value: 'DIR',
  about: 'the folder of plugins, for a file that names none',
}

/** The whole path; `undefined` when nothing was said. */
export function pluginsDirOf(call: Call): string | undefined {
  const dir = call.text('plugins')
  return dir === undefined ? undefined : resolve(dir)
}
