import { afterAll, beforeAll } from 'vitest'
import { CHANGES, expectChanged, itChangesAttachments } from './changes.ts'
import { closeAll, everyone, type Fleet, startFleet } from './fleet.ts'
import { describePair } from './pair.ts'
import { PEER_KINDS } from './peers.ts'
import { cluster, listener, Weir, type WeirConfig } from './weir.ts'

let fleet: Fleet
let weir: Weir

beforeAll(async () => {
  fleet = await startFleet()
  weir = await Weir.start(config(fleet))
})

afterAll(() => closeAll([...everyone(fleet), weir]))

for (const caller of PEER_KINDS) {
  for (const provider of PEER_KINDS) {
    const pair = (listenerName: string) => () => ({
      caller: fleet.callers[caller],
      provider: fleet.providers[provider],
      url: weir.url(listenerName),
    })
    describePair({ caller, provider, how: 'through weir', pair: pair(provider) })
    describePair({
      caller,
      provider,
      how: 'through weir, which changes every message',
      pair: pair(`${provider}-changed`),
      also: expectChanged,
      more: itChangesAttachments,
    })
  }
}

/** For each provider a listener that lets everything pass as it is, and one that changes every message. */
function config({ providers }: Fleet): WeirConfig {
  return {
    listeners: PEER_KINDS.flatMap((kind) => [
      listener(kind, [{ cluster: kind }]),
      listener(`${kind}-changed`, [{ cluster: kind }], { filters: [CHANGES, 'router'] }),
    ]),
    clusters: PEER_KINDS.map((kind) => cluster(kind, [providers[kind].port])),
  }
}
