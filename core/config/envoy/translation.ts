/** Translation: a bootstrap on its way: what has been made of it, where each part is from, and what was found. */
import { type Finding, finding } from '../finding.ts'
import type { ConfigPath } from '../path.ts'
import { Origins } from './origins.ts'

export class Translation {
  /** Of what was made: paths of the native configuration, to those of the bootstrap as it was read. */
  readonly #parts = new Origins()
  /** Of the bootstrap as it was read, to those of the file. */
  readonly origins = new Origins()
  /** All paths are those of the file. */
  readonly problems: Finding[] = []
  readonly warnings: Finding[] = []

  /** A part of the native configuration is from here. */
  from(native: ConfigPath, path: ConfigPath): void {
    this.#parts.note(native, path)
  }

  problem(path: ConfigPath, text: string): void {
    this.problems.push(finding(this.origins.of(path), text))
  }

  warn(path: ConfigPath, text: string): void {
    this.warnings.push(finding(this.origins.of(path), text))
  }

  /** Where in the file that stands which became what is at this path of the native configuration. */
  placeOf(native: ConfigPath): ConfigPath {
    return this.origins.of(this.#parts.near(native))
  }
}
