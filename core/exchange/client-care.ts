/**
 * ClientCare: looks regularly at a connection whose protocol is known: whether its client lives, is late, or has been quiet
 * for long enough to be let go, and tells it once that the proxy drains.
 */
import type { Connection } from '../net/connection.ts'
import type { ConnectionCodec } from '../upstream/connection-codec.ts'
import type { DownstreamOwner } from './downstream-owner.ts'
import type { Liveness, LivenessFinding } from './liveness.ts'
import type { ReplyWriter } from './reply-writer.ts'
import type { RequestGate } from './request-gate.ts'

export interface ClientCareParts {
  readonly owner: DownstreamOwner
  readonly connection: Connection
  readonly calls: ConnectionCodec
  readonly replies: ReplyWriter
  readonly gate: RequestGate
  readonly liveness: Liveness
  readonly client: { finish(): void }
}

export class ClientCare {
  readonly #parts: ClientCareParts
  #drainTold = false

  constructor(parts: ClientCareParts) {
    this.#parts = parts
  }

  sweep(nowMs: number): void {
    const { owner, connection, liveness } = this.#parts
    if (owner.drain !== 'no') this.#tellDrain()
    else if (connection.readDisabled) {
      liveness.excuse(nowMs)
      return
    }
    this.#obey(this.#judge(nowMs))
  }

  /** The client is asked to send nothing more here, where its protocol can say that; not in the middle of a reply. */
  #tellDrain(): void {
    const { calls, connection, replies } = this.#parts
    if (this.#drainTold || replies.passing !== undefined) return
    this.#drainTold = true
    calls.encodeDrain(connection.prepare())
    connection.wrote()
  }

  #judge(nowMs: number): LivenessFinding {
    const { owner, calls, gate, liveness } = this.#parts
    return liveness.judge({
      nowMs,
      options: owner.options,
      draining: owner.drain !== 'no',
      busy: gate.inFlight.count > 0,
      heartbeats: calls.codec.encodeHeartbeat !== undefined,
    })
  }

  #obey(finding: LivenessFinding): void {
    const { owner, calls, connection } = this.#parts
    switch (finding) {
      case 'fine':
        return
      case 'heartbeat':
        calls.encodeHeartbeat(connection.prepare())
        connection.wrote()
        return
      case 'drained':
        this.#parts.client.finish()
        return
      case 'late':
      case 'idle':
      case 'dead':
        owner.stats.timeouts.add(1)
        this.#parts.client.finish()
    }
  }
}
