/**
 * The operators of formats: what `%NAME%` and `%NAME(argument)%` stand for in logs and in mutated values. Names
 * and meanings are Envoy's where Envoy has them.
 */
import type { ErrorKind } from './errors.ts'
import type { Clock, Exchange, Outcome } from './filter.ts'
import { formatTime } from './format-time.ts'
import type { Metadata } from './metadata.ts'

/** What a format reads: the exchange, and as much of its reply and its end as there is yet. */
export interface FormatFacts {
  readonly exchange: Exchange
  readonly response: Metadata | undefined
  readonly outcome: Outcome | undefined
  readonly clock: Clock
}

/** From when on an operator has a value. */
export type FormatPhase = 'request' | 'response' | 'end'

export type FormatValue = string | number | undefined

export interface Operator {
  readonly phase: FormatPhase
  /** What stands in parentheses: a property's key, a time pattern, or nothing. */
  readonly argument: 'none' | 'key' | 'time'
  readonly about: string
  read(facts: FormatFacts, argument: string): FormatValue
}

export const formatOperators: Readonly<Record<string, Operator>> = {
  START_TIME: {
    phase: 'request',
    argument: 'time',
    about: 'When the request began; ISO 8601, or a pattern such as %START_TIME(%Y-%m-%d %H:%M:%S.%3f)%.',
    read: ({ clock, exchange }, pattern) =>
      formatTime(clock.wallMs - (clock.nowMs - exchange.startedMs), pattern),
  },
  REQ: {
    phase: 'request',
    argument: 'key',
    about: 'A property of the request; %REQ(a?b)% reads b where a is absent.',
    read: ({ exchange }, key) => property(exchange.request, key) ?? requestAlias(exchange, key),
  },
  RESP: {
    phase: 'response',
    argument: 'key',
    about: 'A property of the reply.',
    read: ({ response, outcome }, key) =>
      (response === undefined ? undefined : property(response, key)) ?? responseAlias(outcome, key),
  },
  PROTOCOL: fact('request', "The protocol's name.", ({ exchange }) => exchange.protocol),
  OPERATION: fact('request', 'The service and the method.', ({ exchange }) => exchange.request.operation),
  REQUEST_ID: fact(
    'request',
    "The caller's id of the exchange.",
    ({ exchange }) => exchange.request.requestId,
  ),
  REQUEST_KIND: fact('request', 'request or oneway.', ({ exchange }) => exchange.request.kind),
  LISTENER: fact('request', "The listener's name.", ({ exchange }) => exchange.listener),
  ROUTE_NAME: fact('request', "The route's name.", ({ exchange }) => exchange.route?.name),
  DOWNSTREAM_REMOTE_ADDRESS: fact(
    'request',
    "The caller's address and port.",
    ({ exchange }) => exchange.peer,
  ),
  DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT: fact('request', "The caller's address.", ({ exchange }) =>
    host(exchange.peer),
  ),
  DOWNSTREAM_REMOTE_PORT: fact('request', "The caller's port.", ({ exchange }) => port(exchange.peer)),
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS: fact(
    'request',
    'As DOWNSTREAM_REMOTE_ADDRESS.',
    ({ exchange }) => exchange.peer,
  ),
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT: fact(
    'request',
    'As DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT.',
    ({ exchange }) => host(exchange.peer),
  ),
  DOWNSTREAM_LOCAL_ADDRESS: fact('request', 'Our address and port.', ({ exchange }) => exchange.localAddress),
  DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT: fact('request', 'Our address.', ({ exchange }) =>
    host(exchange.localAddress),
  ),
  DOWNSTREAM_LOCAL_PORT: fact('request', 'Our port.', ({ exchange }) => port(exchange.localAddress)),
  BYTES_RECEIVED: fact('request', 'The size of the request.', ({ exchange, outcome }) =>
    outcome === undefined ? exchange.request.size : outcome.requestBytes,
  ),
  RESPONSE_CODE: fact('response', "The protocol's status of the reply; 0 without one.", ({ response }) =>
    response === undefined || response.status < 0 ? 0 : response.status,
  ),
  BYTES_SENT: fact('end', 'The size of the reply.', ({ outcome }) => outcome?.responseBytes),
  DURATION: fact('end', 'Whole milliseconds the exchange took.', ({ outcome }) => whole(outcome?.durationMs)),
  UPSTREAM_DURATION: fact('end', 'Whole milliseconds from forwarding to the reply.', ({ outcome }) =>
    whole(outcome?.upstreamMs),
  ),
  UPSTREAM_CLUSTER: fact('end', 'Where the request went.', ({ outcome }) => outcome?.cluster),
  UPSTREAM_HOST: fact('end', "The endpoint's address.", ({ outcome }) => outcome?.endpoint),
  UPSTREAM_LOCAL_ADDRESS: fact('end', 'Never known here.', () => undefined),
  UPSTREAM_REQUEST_ATTEMPT_COUNT: fact('end', 'How often it was sent.', ({ outcome }) => outcome?.attempts),
  UPSTREAM_TRANSPORT_FAILURE_REASON: fact('end', 'Why the upstream connection failed.', ({ outcome }) =>
    outcome?.error === 'upstream_connect_failed' || outcome?.error === 'upstream_reset'
      ? outcome.errorText
      : undefined,
  ),
  CONNECTION_TERMINATION_DETAILS: fact('end', 'Never known here.', () => undefined),
  RESULT: fact(
    'end',
    'ok, oneway, local_reply, error, dropped or downstream_gone.',
    ({ outcome }) => outcome?.result,
  ),
  ERROR: fact('end', 'The kind of error that the proxy made.', ({ outcome }) => outcome?.error),
  ERROR_TEXT: fact('end', 'What the caller was told with it.', ({ outcome }) => outcome?.errorText),
  RESPONSE_CODE_DETAILS: fact(
    'end',
    'via_upstream for a reply of the upstream, otherwise the kind of error or the result.',
    ({ outcome }) =>
      outcome && (outcome.error ?? (outcome.result === 'ok' ? 'via_upstream' : outcome.result)),
  ),
  RESPONSE_FLAGS: fact('end', "Envoy's letters for what went wrong, such as NR or UT.", ({ outcome }) =>
    outcome === undefined ? undefined : responseFlags(outcome),
  ),
}

const ERROR_FLAGS: Readonly<Record<ErrorKind, string>> = {
  route_not_found: 'NR',
  cluster_not_found: 'NC',
  no_healthy_upstream: 'UH',
  upstream_connect_failed: 'UF',
  upstream_reset: 'UC',
  request_timeout: 'UT',
  over_limit: 'RL',
  denied: 'UAEX',
  bad_request: 'DPE',
  bad_response: 'UPE',
  plugin_failed: 'LR',
  overloaded: 'UO',
  draining: 'LR',
}

function responseFlags(outcome: Outcome): string | undefined {
  if (outcome.error !== undefined) return ERROR_FLAGS[outcome.error]
  return outcome.result === 'downstream_gone' ? 'DC' : undefined
}

function fact(phase: FormatPhase, about: string, read: (facts: FormatFacts) => FormatValue): Operator {
  return { phase, argument: 'none', about, read }
}

/** As it is written, or in small letters, which is how configurations for HTTP proxies mean it. */
function property(metadata: Metadata, key: string): string | undefined {
  return metadata.get(key) ?? metadata.get(key.toLowerCase())
}

/** Names that formats written for Envoy and the MetaProtocol Proxy use for facts that are no properties here. */
function requestAlias(exchange: Exchange, key: string): FormatValue {
  switch (key.toUpperCase()) {
    case 'X-REQUEST-ID':
      return exchange.request.requestId
    case 'X-META-PROTOCOL-APPLICATION-PROTOCOL':
      return exchange.protocol
    default:
      return undefined
  }
}

function responseAlias(outcome: Outcome | undefined, key: string): FormatValue {
  return key.toUpperCase() === 'X-ENVOY-UPSTREAM-SERVICE-TIME' ? whole(outcome?.upstreamMs) : undefined
}

function whole(ms: number | undefined): number | undefined {
  return ms === undefined || ms < 0 ? undefined : Math.round(ms)
}

function host(address: string): string {
  const colon = address.lastIndexOf(':')
  return colon < 0 || address.startsWith('/') ? address : address.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
}

function port(address: string): string | undefined {
  const colon = address.lastIndexOf(':')
  return colon < 0 || address.startsWith('/') ? undefined : address.slice(colon + 1)
}
