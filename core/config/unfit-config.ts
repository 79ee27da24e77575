/** UnfitConfig: a plugin is not loaded, because its own schema has something against its configuration. */
import type { Finding } from './finding.ts'
import type { LoadedConfig } from './load.ts'
import { locatedFindings } from './located-findings.ts'
import type { ConfigPath } from './path.ts'

export class UnfitConfig extends Error {
  readonly #path: string
  readonly #findings: readonly Finding[]

  /** `path` is the plugin's file. */
  constructor(path: string, findings: readonly Finding[]) {
    super(`${path}: ${locatedFindings(findings, undefined, [])}`)
    this.#path = path
    this.#findings = findings
  }

  /** The same with the lines of the file that configures it, which others that load the plugin need not share. */
  textIn(source: LoadedConfig['source'], place: ConfigPath): string {
    return `${this.#path}: ${locatedFindings(this.#findings, source, [place])}`
  }
}
