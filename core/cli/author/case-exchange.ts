/** CaseExchange: an exchange that only one filter takes part in, and how it ends. */
import type { Exchange, Filter, Message, Outcome, Route } from '../../../sdk/index.ts'
import type { TestOutcome } from './test-options.ts'

export class CaseExchange implements Exchange {
  readonly request: Message
  readonly startedMs: number
  readonly localAddress = '127.0.0.1:20880'
  readonly route: Route | undefined
  readonly ended = false
  readonly #kept = new Map<Filter, unknown>()

  constructor(request: Message, startedMs: number, route?: Route) {
    this.route = route
    this.request = request
    this.startedMs = startedMs
  }

  get listener(): string {
    return this.request.listener
  }

  get protocol(): string {
    return this.request.protocol
  }

  get peer(): string {
    return this.request.peer
  }

  clearRoute(): void {}

  get(filter: Filter): unknown {
    return this.#kept.get(filter)
  }

  set(filter: Filter, value: unknown): void {
    this.#kept.set(filter, value)
  }
}

/** What is not given is what an exchange that went well would have. */
export function caseOutcome(
  given: TestOutcome,
  exchange: CaseExchange,
  response: Message | undefined,
): Outcome {
  const durationMs = given['duration-ms'] ?? 1
  return {
    result: given.result ?? (given.error === undefined ? 'ok' : 'error'),
    error: given.error,
    errorText: given.text ?? '',
    response,
    requestBytes: exchange.request.size,
    responseBytes: response?.size ?? 0,
    startedMs: exchange.startedMs,
    durationMs,
    upstreamMs: response === undefined ? -1 : durationMs,
    cluster: given.cluster ?? '',
    endpoint: given.endpoint ?? '',
    attempts: given.attempts ?? 1,
    flags: [],
  }
}
