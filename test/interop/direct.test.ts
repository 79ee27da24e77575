import { afterAll, beforeAll } from 'vitest'
import { closeAll, everyone, type Fleet, startFleet } from './fleet.ts'
import { describePair } from './pair.ts'
import { PEER_KINDS } from './peers.ts'

let fleet: Fleet

beforeAll(async () => {
  fleet = await startFleet()
})

afterAll(() => closeAll(everyone(fleet)))

for (const caller of PEER_KINDS) {
  for (const provider of PEER_KINDS) {
    describePair({
      caller,
      provider,
      how: 'without a proxy',
      pair: () => ({
        caller: fleet.callers[caller],
        provider: fleet.providers[provider],
        url: fleet.providers[provider].url,
      }),
    })
  }
}
