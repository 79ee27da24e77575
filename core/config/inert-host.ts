/** InertHost: what filters are given when a configuration is only checked: nothing they do has an effect. */
import type { SharedState } from '../../sdk/index.ts'
import type { FilterHost } from './chain.ts'

const nothing = () => undefined
const series = { add: nothing, set: nothing, observe: nothing, value: 0 }
const family = { with: () => series }

const shared: SharedState = {
  counter: () => family,
  gauge: () => family,
  histogram: () => family,
  tokenBucket: (_name, { capacity }) => ({ take: () => true, give: nothing, available: capacity }),
}

export const inertHost: FilterHost = {
  clock: { nowMs: 0, wallMs: 0 },
  log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
  shared,
  random: () => 0,
}
