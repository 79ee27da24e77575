/** The entry of the process that inspects a configuration file: it sends one {@link Inspection} and ends. */
import { loadConfig } from '../config/load.ts'
import { readNamedFile } from '../config/read.ts'
import { validatePlugins } from '../config/validate-plugins.ts'
import { loadBuiltIns } from '../plugin/built-ins.ts'
import { factsOf } from './config-facts.ts'
import type { Inspection } from './inspection.ts'
import { keepCompiled } from './keep-compiled.ts'

async function inspect(file: string, pluginsDir: string | undefined): Promise<Inspection> {
  const read = await readNamedFile(file)
  if (read.kind === 'problem') {
    const problem = { file, line: 0, column: 0, path: '', text: read.text }
    return { kind: 'invalid', file, text: '', problems: [problem] }
  }
  const builtIns = await loadBuiltIns()
  const loaded = loadConfig(read.text, file, { envoyFilters: builtIns.envoyFilters, pluginsDir })
  const { problems } = await validatePlugins(loaded, file, builtIns)
  if (loaded.config === undefined || problems.length > 0) {
    return { kind: 'invalid', file, text: read.text, problems }
  }
  return { kind: 'valid', file, text: read.text, facts: factsOf(loaded.config, file) }
}

// Whoever wanted to know is gone, and trying plugins may take a minute.
process.once('disconnect', () => process.exit())
const [file, pluginsDir] = process.argv.slice(1)
if (file === undefined) throw new Error('this module needs the name of a file')
const inspection = await inspect(file, pluginsDir)
// What only threads load may be new as well. Their entry loads all of it, and then finds that this is no thread: 10 ms.
await import('./thread.ts').catch(() => undefined)
keepCompiled()
process.send?.(inspection, () => process.exit())
