/** EndpointComplaints: what is counted and said when something is wrong on a connection to an endpoint: sampled lines, one counter each. */
import type { MalformedCode } from '../../sdk/index.ts'
import type { UpstreamOwner } from './upstream-owner.ts'

export class EndpointComplaints {
  /** Asked each time: another one may come to own the connection. */
  readonly #connection: { readonly owner: UpstreamOwner }

  constructor(connection: { readonly owner: UpstreamOwner }) {
    this.#connection = connection
  }

  /** One frame is not taken. */
  refused(text: string): void {
    const { address, runtime } = this.#connection.owner
    const facts = { endpoint: address, text }
    runtime.sampledLog('upstream_refused')?.warn('upstream sent what is not taken', facts)
  }

  malformed(code: MalformedCode, text: string): void {
    const { address, runtime, stats } = this.#connection.owner
    stats.malformed.add(1)
    const facts = { endpoint: address, code, text }
    runtime.sampledLog('upstream_malformed')?.warn('upstream sent what cannot be understood', facts)
  }

  codecThrew(protocol: string, error: string): void {
    const { address, runtime, stats } = this.#connection.owner
    stats.codecFailures.add(1)
    const facts = { endpoint: address, protocol, error }
    runtime.sampledLog('codec_failed')?.error('a codec threw', facts)
  }
}
