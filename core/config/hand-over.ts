/**
 * HandOver: what a plugin remembers goes from the filter that runs in a place to the one that takes that place. It is tried
 * before the new one goes live, so that a version which cannot go on from there never does, and done once more, with what
 * has come since, when it does go live.
 */
import type { Filter } from '../../sdk/index.ts'
import { GuestFilter } from '../guest/guest-filter.ts'

/** A filter in its place, and the plugin's version that it is. */
export interface Incumbent {
  readonly filter: Filter
  readonly version: string
}

export interface Succession {
  readonly plugin: string
  readonly from: Incumbent
  readonly to: Filter
}

/** Who follows whom, by place; a filter that stays, or that several places share, is only once among them. */
export function successions(
  before: ReadonlyMap<string, Incumbent>,
  after: ReadonlyMap<string, Incumbent>,
  pluginOf: (place: string) => string,
): readonly Succession[] {
  const known = new Set([...before.values()].map(({ filter }) => filter))
  const found: Succession[] = []
  for (const [place, { filter: to }] of after) {
    const from = before.get(place)
    if (from === undefined || known.has(to)) continue
    known.add(to)
    found.push({ plugin: pluginOf(place), from, to })
  }
  return found
}

/** What can be done right before a version goes live: guests that answer later were given the state when it was tried. */
export function handOverAtOnce(succession: Succession): string | undefined {
  const { from, to } = succession
  const later = [from.filter, to].some((filter) => filter instanceof GuestFilter && filter.remote)
  const fault = later ? undefined : handOver(succession)
  return typeof fault === 'string' ? fault : undefined
}

/** A string says why the new one does not take it. */
export function handOver({ from, to }: Succession): string | undefined | Promise<string | undefined> {
  if (!(from.filter instanceof GuestFilter) || !(to instanceof GuestFilter)) return undefined
  const target = to.state
  const give = (state: Buffer | undefined) =>
    state === undefined ? undefined : target.give(state, from.version)
  const state = from.filter.state.take()
  return state instanceof Promise ? state.then(give) : give(state)
}
