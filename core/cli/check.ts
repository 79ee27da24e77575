/** Check: reads a configuration file and finds everything that is wrong with it, without any effect. */
import { validate } from '../config/compile.ts'
import { inertHost } from '../config/inert-host.ts'
import { loadConfig } from '../config/load.ts'
import type { ConfigProblem } from '../config/problem.ts'
import type { Registry } from '../plugin/registry.ts'
import type { CliHost } from './host.ts'

export interface Checked {
  readonly file: string
  readonly text: string
  readonly problems: readonly ConfigProblem[]
}

export async function checkFile(file: string, registry: Registry, host: CliHost): Promise<Checked> {
  const read = await host.readFile(file)
  if (read.kind === 'text') {
    return { file, text: read.text, problems: validate(loadConfig(read.text, file), registry, inertHost) }
  }
  return { file, text: '', problems: [{ file, line: 0, column: 0, path: '', text: read.text }] }
}
