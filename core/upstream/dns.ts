/**
 * DNS: the questions that name resolution asks, and the system's answers to them. An answer without records means
 * that the name has none of the kind; a rejected promise means that nobody knows.
 */
import { promises } from 'node:dns'

/** For one try; doubled for the second. */
const TRY_TIMEOUT_MS = 1_000
const TRIES = 2
/** The name does not exist, or not with this kind of record. */
const NOTHING_THERE: readonly string[] = ['ENOTFOUND', 'ENODATA']

export interface DnsRecord {
  readonly address: string
  /** For how many seconds it may be believed; `undefined` where the source does not say. */
  readonly ttl: number | undefined
}

export interface DnsQueries {
  /** A records of the name servers. */
  resolve4(hostname: string): Promise<readonly DnsRecord[]>
  /** AAAA records of the name servers. */
  resolve6(hostname: string): Promise<readonly DnsRecord[]>
  /** What the system makes of the name: its hosts file, its search domains, its name servers. */
  lookup(hostname: string): Promise<readonly DnsRecord[]>
  /** Gives up what is being asked. */
  cancel(): void
}

/** The name servers and files that the operating system is configured with. */
export class SystemDns implements DnsQueries {
  /** Read the system's configuration when it was made; dropped after a failure, because that may have changed. */
  #resolver: promises.Resolver | undefined = undefined

  resolve4(hostname: string): Promise<readonly DnsRecord[]> {
    return this.#ask((resolver) => resolver.resolve4(hostname, { ttl: true }))
  }

  resolve6(hostname: string): Promise<readonly DnsRecord[]> {
    return this.#ask((resolver) => resolver.resolve6(hostname, { ttl: true }))
  }

  async lookup(hostname: string): Promise<readonly DnsRecord[]> {
    try {
      const found = await promises.lookup(hostname, { all: true, order: 'verbatim' })
      return found.map(({ address }) => ({ address, ttl: undefined }))
    } catch (error: unknown) {
      return nothingThere(error)
    }
  }

  cancel(): void {
    this.#resolver?.cancel()
  }

  async #ask(
    question: (resolver: promises.Resolver) => Promise<readonly DnsRecord[]>,
  ): Promise<readonly DnsRecord[]> {
    const resolver = this.#resolver ?? new promises.Resolver({ timeout: TRY_TIMEOUT_MS, tries: TRIES })
    this.#resolver = resolver
    try {
      return await question(resolver)
    } catch (error: unknown) {
      if (!saysNothing(error) && this.#resolver === resolver) this.#resolver = undefined
      return nothingThere(error)
    }
  }
}

/** No records when that is what the error says; throws it again otherwise. */
function nothingThere(error: unknown): readonly DnsRecord[] {
  if (saysNothing(error)) return []
  throw error
}

function saysNothing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && NOTHING_THERE.includes(String(error.code))
}
