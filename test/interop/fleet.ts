/** Starts a caller of each kind, and a provider of each kind where that is wanted, side by side. */
import {
  type Caller,
  PEER_KINDS,
  type PeerKind,
  type Provider,
  type ProviderOptions,
  startCaller,
  startProvider,
} from './peers.ts'

export type PerKind<T> = { readonly [kind in PeerKind]: T }

export interface Fleet {
  readonly callers: PerKind<Caller>
  readonly providers: PerKind<Provider>
}

/** Every kind of program in both roles. */
export async function startFleet(
  optionsOf: (kind: PeerKind) => ProviderOptions = () => ({}),
): Promise<Fleet> {
  const [callers, providers] = await Promise.all([
    startCallers(),
    perKind((kind) => startProvider(kind, optionsOf(kind))),
  ])
  return { callers, providers }
}

export function startCallers(): Promise<PerKind<Caller>> {
  return perKind(startCaller)
}

/** Does something for each kind at once. */
export async function perKind<T>(of: (kind: PeerKind) => Promise<T>): Promise<PerKind<T>> {
  const [java27, java33, go] = await Promise.all([of('java27'), of('java33'), of('go')])
  return { java27, java33, go }
}

/** Ends all there are; what never started is left out. */
export async function closeAll(peers: Iterable<{ close(): Promise<void> } | undefined>): Promise<void> {
  await Promise.all([...peers].map((peer) => peer?.close()))
}

export function everyone(fleet: Fleet | undefined): readonly (Caller | Provider)[] {
  if (fleet === undefined) return []
  return PEER_KINDS.flatMap((kind) => [fleet.callers[kind], fleet.providers[kind]])
}
