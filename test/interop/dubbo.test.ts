import { afterAll, beforeAll, expect } from 'vitest'
import { closeAll, everyone, type Fleet, startFleet } from './fleet.ts'
import type { InteropCase } from './matrix.ts'
import { describePair } from './pair.ts'
import { type JsonObject, type Outcome, PEER_KINDS, type PeerKind } from './peers.ts'
import { cluster, listener, Weir } from './weir.ts'

let fleet: Fleet
let weir: Weir

beforeAll(async () => {
  fleet = await startFleet()
  weir = await Weir.start(config(fleet))
})

afterAll(() => closeAll([...everyone(fleet), weir]))

for (const caller of PEER_KINDS) {
  for (const provider of PEER_KINDS) {
    describePair({
      caller,
      provider,
      how: 'through weir',
      pair: () => ({
        caller: fleet.callers[caller],
        provider: fleet.providers[provider],
        url: weir.url(provider),
      }),
    })
  }
}

for (const caller of PEER_KINDS) {
  for (const provider of PEER_KINDS) {
    describePair({
      caller,
      provider,
      how: 'through weir, which changes every message',
      pair: () => ({
        caller: fleet.callers[caller],
        provider: fleet.providers[provider],
        url: weir.url(`${provider}-changed`),
      }),
      also: (outcome, interopCase) => expectChanged(caller, outcome, interopCase),
    })
  }
}

/** Answers and exceptions that a provider sent carry what was set on the way. */
function expectChanged(caller: PeerKind, outcome: Outcome, { method, options }: InteropCase): void {
  // A future may be taken from before the filter that keeps attachments has seen the answer.
  if (options?.async === true || method === 'sayHelloAsync') return
  // dubbo-go hands no attachments to its filters when the answer is an exception; weir's own errors have none.
  if (!outcome.ok && (caller === 'go' || !outcome.class.startsWith('weir.'))) return
  expect(outcome.attachments).toMatchObject({ 'set-on-response': 'réponse 😀' })
}

/** For each provider a listener that lets everything pass as it is, and one that changes every message. */
function config({ providers }: Fleet) {
  const changes: JsonObject = {
    request: { set: { 'set-on-request': 'requête 😀', 'replaced-on-request': 'new' }, remove: ['removed'] },
    response: { set: { 'set-on-response': 'réponse 😀' } },
  }
  return {
    listeners: PEER_KINDS.flatMap((kind) => [
      listener(kind, [{ cluster: kind }]),
      listener(`${kind}-changed`, [{ cluster: kind, ...changes }]),
    ]),
    clusters: PEER_KINDS.map((kind) => cluster(kind, [providers[kind].port])),
  }
}
