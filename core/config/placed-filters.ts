/**
 * PlacedFilters: the filters of plugins that one configuration has, by the place in a chain that each was made for. The
 * registry's factories hand them out, and what a chain lets go of comes back here.
 */
import { type Filter, Type } from '../../sdk/index.ts'
import type { SharedFilterFactory } from '../plugin/shared-filter-factory.ts'
import type { Held } from '../plugin/shelf.ts'
import type { LoadedPlugin } from './plugin-loader.ts'

export class PlacedFilters {
  /** Take the filter of a place once more; by listener and path. */
  readonly #takers = new Map<string, () => Held<Filter>>()
  /** Which use a filter that stands in a chain is. */
  readonly #given = new Map<Filter, Held<Filter>[]>()

  put(listener: string, path: string, take: () => Held<Filter>): void {
    this.#takers.set(placeKey(listener, path), take)
  }

  /** `refusal` says why a plugin that is not there cannot be used; one that is switched off has none. */
  factory(name: string, plugin: LoadedPlugin | undefined, refusal: string | undefined): SharedFilterFactory {
    return {
      name,
      about: `The plugin ${name}.`,
      // It was held against the plugin's own schema, together with what the settings say.
      options: Type.Unknown(),
      routeOptions: plugin === undefined ? Type.Unknown() : plugin.routeSchema,
      create: (_config, { listener, path }) => {
        if (plugin === undefined && refusal !== undefined) throw new Error(refusal)
        return this.#give(listener, path)
      },
      release: (filter) => this.#given.get(filter)?.pop()?.release(),
    }
  }

  #give(listener: string, path: string): Filter {
    const held = this.#takers.get(placeKey(listener, path))?.()
    // A plugin that is switched off lets everything pass.
    if (held === undefined) return {}
    this.#given.set(held.thing, [...(this.#given.get(held.thing) ?? []), held])
    return held.thing
  }
}

function placeKey(listener: string, path: string): string {
  return `${listener}\n${path}`
}
