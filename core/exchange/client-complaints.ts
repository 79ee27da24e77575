/** ClientComplaints: what is counted and said when something is wrong on a client's connection: sampled lines, one counter each. */
import { type MalformedCode, type Reply, replyError } from '../../sdk/index.ts'
import { thrownText } from '../base/thrown-text.ts'
import type { DownstreamOwner } from './downstream-owner.ts'

export class ClientComplaints {
  readonly #owner: DownstreamOwner
  readonly #peer: string

  constructor(owner: DownstreamOwner, peer: string) {
    this.#owner = owner
    this.#peer = peer
  }

  /** One frame is not taken. */
  refused(text: string): void {
    this.#warn('refused', 'a caller sent what is not taken', { text })
  }

  malformed(code: MalformedCode, text: string): void {
    this.#owner.stats.malformed.add(1)
    this.#warn('malformed', 'a caller sent what cannot be understood', { code, text })
  }

  unknownProtocol(): void {
    this.#owner.stats.malformed.add(1)
    this.#warn('malformed', 'a connection speaks none of the protocols', {})
  }

  codecThrew(protocol: string, error: string): void {
    const { name, runtime, stats } = this.#owner
    stats.codecFailures.add(1)
    const facts = { listener: name, peer: this.#peer, protocol, error }
    runtime.sampledLog('codec_failed')?.error('a codec threw', facts)
  }

  /** A filter of an exchange threw: it has answered with an error. */
  filterFailed(filter: string, error: unknown): Reply {
    const { name, runtime, stats } = this.#owner
    stats.filterFailures.add(1)
    const facts = { listener: name, filter, error: thrownText(error) }
    runtime.sampledLog('filter_failed')?.error('a filter threw', facts)
    return replyError('plugin_failed', `filter ${filter} failed`)
  }

  #warn(key: string, text: string, facts: Readonly<Record<string, unknown>>): void {
    const { name, runtime } = this.#owner
    runtime.sampledLog(key)?.warn(text, { listener: name, peer: this.#peer, ...facts })
  }
}
