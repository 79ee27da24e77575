/** Place: where something stands in the bootstrap as it was read, and where what is made of it. */
import type { ConfigPath } from '../path.ts'

export interface Place {
  readonly path: ConfigPath
  readonly native: ConfigPath
}
