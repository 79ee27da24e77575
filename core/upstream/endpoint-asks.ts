/** EndpointAsks: answers what an endpoint asks of its own accord: heartbeats, and calls, which nobody takes. */
import type { Message } from '../../sdk/index.ts'
import type { Connection } from '../net/connection.ts'
import type { ConnectionCodec } from './connection-codec.ts'

/** A provider that calls back cannot say which of the callers behind a connection it means. */
const CALLED_BACK = {
  kind: 'bad_request',
  text: 'calls from an endpoint to its callers are not carried',
} as const

export class EndpointAsks {
  readonly #calls: ConnectionCodec
  readonly #connection: Connection

  constructor(calls: ConnectionCodec, connection: Connection) {
    this.#calls = calls
    this.#connection = connection
  }

  heartbeat(message: Message): void {
    this.#calls.prepare({ kind: 'heartbeat-reply', heartbeat: message }, () => {
      this.#calls.encodeHeartbeatReply(message, this.#connection.prepare())
      this.#connection.wrote()
    })
  }

  request(message: Message): void {
    this.#calls.prepare({ kind: 'error', request: message, error: CALLED_BACK }, () => {
      this.#calls.encodeError(message, CALLED_BACK, this.#connection.prepare())
      this.#connection.wrote()
    })
  }
}
