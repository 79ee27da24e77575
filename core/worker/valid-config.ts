/** ValidConfig: a configuration file that was read and validated whole, without any effect on what runs. */
import { hash } from 'node:crypto'
import { validate } from '../config/compile.ts'
import { inertHost } from '../config/inert-host.ts'
import { loadConfig } from '../config/load.ts'
import type { Config } from '../config/options.ts'
import { problemText } from '../config/problem.ts'
import { readConfigFile } from '../config/read.ts'
import type { Registry } from '../plugin/registry.ts'

/** Digits of the SHA-256 that tell configurations apart. */
const HASH_DIGITS = 16

export interface ValidConfig {
  readonly kind: 'valid'
  readonly text: string
  readonly hash: string
  readonly config: Config
}

export type ConfigReading = ValidConfig | { readonly kind: 'problems'; readonly problems: readonly string[] }

/** What the file holds now, or everything that is wrong with it, one line each. */
export async function readValidConfig(file: string, registry: Registry): Promise<ConfigReading> {
  const read = await readConfigFile(file)
  if (read.kind === 'problem') return { kind: 'problems', problems: [`${file}: ${read.text}`] }
  const loaded = loadConfig(read.text, file)
  const problems = validate(loaded, registry, inertHost).map(problemText)
  if (loaded.config === undefined || problems.length > 0) return { kind: 'problems', problems }
  const digest = hash('sha256', read.text).slice(0, HASH_DIGITS)
  return { kind: 'valid', text: read.text, hash: digest, config: loaded.config }
}
