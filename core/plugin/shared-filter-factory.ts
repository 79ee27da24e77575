/**
 * SharedFilterFactory: a factory whose filters stand in several chains at once, as those of guests do: what a plugin
 * remembers outlives the snapshot it was made for. A chain that ends lets go of its use and destroys nothing itself.
 */
import type { Filter, FilterFactory } from '../../sdk/index.ts'

export interface SharedFilterFactory extends FilterFactory {
  /** A chain that was given the filter by `create` no longer uses it; once for each time it was given. */
  release(filter: Filter): void
}

export function isShared(factory: FilterFactory): factory is SharedFilterFactory {
  return 'release' in factory
}
