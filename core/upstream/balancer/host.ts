/** What a balancer sees: the hosts it picks from, what it may hash, and the one question it answers. */

/** One endpoint as a balancer sees it. Address and weight never change; the rest is read anew at each pick. */
export interface Host {
  readonly address: string
  /** Share of the requests beside the others; a host whose weight is not above 0 gets none. */
  readonly weight: number
  /** Hosts of a higher number are picked when none of a lower one is to be had; 0 where it is absent. */
  readonly priority?: number
  /** Whether it may be picked now. */
  readonly available: boolean
  /** Exchanges in flight in this worker. */
  readonly active: number
}

/** Whatever answers the values of the properties to hash; a request's metadata does. */
export interface HashSource {
  get(key: string): string | undefined
}

/** Picks among the hosts it was made with; made anew when the set of hosts changes. */
export interface Balancer<H extends Host> {
  /**
   * A host that is available and is not `tried`, where the attempt before this one failed; `undefined` when there
   * is none. `source` is the request when its properties may decide.
   */
  pick(source: HashSource | undefined, tried: H | undefined): H | undefined
}

export function usable<H extends Host>(host: H, tried: H | undefined): boolean {
  return host !== tried && host.available
}
