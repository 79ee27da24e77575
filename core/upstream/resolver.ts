/**
 * Resolver: the endpoints of a cluster as its options write them, with the names among them replaced by their
 * addresses and kept fresh. It hands out whole sets, and only when one differs from the last. What it never does
 * is take endpoints away because a name server is in trouble.
 */
import { isIP } from 'node:net'
import { type Address, formatAddress, parseAddress } from '../net/address.ts'
import { type DnsQueries, SystemDns } from './dns.ts'
import { NameResolution } from './name-resolution.ts'
import type { ClusterOptions } from './options.ts'

/** One endpoint with everything that its cluster's options say about it. */
export interface EndpointSpec {
  /** `ip:port`, `[v6]:port` or `unix:/path`; no other endpoint of the set has the same. */
  readonly address: string
  /** The same in parts, ready to be dialled; its host is never a name. */
  readonly target: Address
  /** The name that led here; `undefined` when the options give the address itself. */
  readonly hostname: string | undefined
  readonly weight: number
  readonly priority: number
  readonly locality: string | undefined
  readonly metadata: Readonly<Record<string, string>>
}

export interface ResolverGiven {
  /** A number from 0 to under 1. */
  random(): number
  /** The whole set, in the options' order; a name's addresses stand together where the name stood. */
  onChange(specs: readonly EndpointSpec[]): void
  /** A name brought no answer (the text says why), or does again (`undefined`); told when that changes. */
  onProblem?(hostname: string, problem: string | undefined): void
  /** Default: the system's. */
  readonly dns?: DnsQueries
}

/** How a name stands, for people and programs. */
export interface NameReport {
  readonly hostname: string
  readonly addresses: readonly string[]
  readonly problem: string | undefined
}

export class Resolver {
  readonly #declared: readonly EndpointSpec[]
  readonly #names = new Map<string, NameResolution>()
  readonly #given: ResolverGiven
  readonly #dns: DnsQueries
  /** The names that have a problem now. */
  readonly #troubled = new Map<string, string>()
  /** What tells the set that was handed out last from others: an address may pass from one name to another. */
  #last: string | undefined = undefined

  /** Throws when an address cannot be read; the validation of the configuration has seen to that. */
  constructor(options: Pick<ClusterOptions, 'endpoints' | 'dns'>, given: ResolverGiven) {
    this.#declared = options.endpoints.map(declared)
    this.#given = given
    this.#dns = given.dns ?? new SystemDns()
    for (const { hostname } of this.#declared)
      if (hostname !== undefined && !this.#names.has(hostname))
        this.#names.set(hostname, this.#nameResolution(hostname, options.dns))
  }

  /** Whether every name has been asked for; until then the set may lack endpoints. */
  get complete(): boolean {
    return [...this.#names.values()].every((name) => name.asked)
  }

  /** Hands out what needs no name server before it returns, if there is anything, and asks for the rest. */
  start(): void {
    const specs = this.#specs()
    if (specs.length > 0 || this.#names.size === 0) this.#deliver(specs)
    for (const name of this.#names.values()) name.start()
  }

  /** Nothing calls back afterwards and no timer is left. */
  close(): void {
    for (const name of this.#names.values()) name.close()
    this.#dns.cancel()
  }

  report(): readonly NameReport[] {
    return Array.from(this.#names.values(), ({ hostname, addresses, problem }) => ({
      hostname,
      addresses,
      problem,
    }))
  }

  #nameResolution(hostname: string, dns: ClusterOptions['dns']): NameResolution {
    return new NameResolution({
      hostname,
      intervalMs: dns.interval,
      ttl: dns.ttl,
      dns: this.#dns,
      random: () => this.#given.random(),
      onAnswer: () => this.#onAnswer(hostname),
    })
  }

  #onAnswer(hostname: string): void {
    const problem = this.#names.get(hostname)?.problem
    if (problem !== this.#troubled.get(hostname)) {
      if (problem === undefined) this.#troubled.delete(hostname)
      else this.#troubled.set(hostname, problem)
      this.#given.onProblem?.(hostname, problem)
    }
    const specs = this.#specs()
    if (specs.length > 0 || this.#last !== undefined) this.#deliver(specs)
  }

  #deliver(specs: readonly EndpointSpec[]): void {
    const set = specs
      .map((spec) => [spec.address, spec.hostname, spec.weight, spec.priority].join(' '))
      .join('\n')
    if (set === this.#last) return
    this.#last = set
    this.#given.onChange(specs)
  }

  /** Every endpoint known now; of several with one address the first counts. */
  #specs(): readonly EndpointSpec[] {
    const specs = new Map<string, EndpointSpec>()
    for (const declared of this.#declared)
      for (const spec of this.#resolved(declared)) if (!specs.has(spec.address)) specs.set(spec.address, spec)
    return [...specs.values()]
  }

  #resolved(declared: EndpointSpec): readonly EndpointSpec[] {
    const { hostname, target } = declared
    if (hostname === undefined || target.kind === 'unix') return [declared]
    const addresses = this.#names.get(hostname)?.addresses ?? []
    return addresses.map((host) => {
      const found: Address = { kind: 'tcp', host, port: target.port }
      return { ...declared, address: formatAddress(found), target: found }
    })
  }
}

/** The endpoint as written: its target may still be a name, which then stands in `hostname` too. */
function declared(endpoint: ClusterOptions['endpoints'][number]): EndpointSpec {
  const { address, weight, priority, locality, metadata } =
    typeof endpoint === 'string' ? { address: endpoint, weight: 1, priority: 0 } : endpoint
  const target = parseAddress(address)
  if (typeof target === 'string') throw new TypeError(`${address}: ${target}`)
  return {
    address: formatAddress(target),
    target,
    hostname: target.kind === 'tcp' && isIP(target.host) === 0 ? target.host : undefined,
    weight,
    priority,
    locality,
    metadata: metadata ?? {},
  }
}
