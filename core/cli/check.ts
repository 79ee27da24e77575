/** Check: reads a configuration file and finds everything that is wrong with it, without any effect. */
import { loadConfig } from '../config/load.ts'
import type { ConfigProblem } from '../config/problem.ts'
import { validatePlugins } from '../config/validate-plugins.ts'
import type { Registry } from '../plugin/registry.ts'
import type { CliHost } from './host.ts'

export interface Checked {
  readonly file: string
  readonly text: string
  readonly problems: readonly ConfigProblem[]
  readonly warnings: readonly ConfigProblem[]
}

/** `pluginsDir` is the folder of plugins where the file names none. */
export async function checkFile(
  file: string,
  registry: Registry,
  host: CliHost,
  pluginsDir?: string,
): Promise<Checked> {
  const read = await host.readFile(file)
  if (read.kind === 'problem') {
    const problems = [{ file, line: 0, column: 0, path: '', text: read.text }]
    return { file, text: '', problems, warnings: [] }
  }
  const { text } = read
  const loaded = loadConfig(text, file, { envoyFilters: registry.envoyFilters, pluginsDir })
  const { problems, refused, notices } = await validatePlugins(loaded, file, registry)
  // Weir would start without them; whoever checks wants to know, and once.
  const plugins = refused
    .filter(({ reason }) => !problems.some((problem) => problem.text.includes(reason)))
    .map(({ reason }) => loaded.source.problem(['plugins', 'dir'], reason))
  return { file, text, problems: [...problems, ...plugins], warnings: [...loaded.warnings, ...notices] }
}
