/**
 * The errors a proxy makes itself: one table that names each, where it comes from, whether the request may be
 * sent again, and what it means. Codecs map each to their protocol; nothing matches on text.
 */

export type ErrorSource = 'downstream' | 'route' | 'upstream' | 'filter' | 'proxy'

/** `retryable`: nothing of the request has reached an upstream, or repeating it is harmless. */
export const errorTable = {
  route_not_found: { source: 'route', retryable: false, about: 'No route matched the request.' },
  cluster_not_found: {
    source: 'route',
    retryable: false,
    about: 'The route names a cluster that does not exist.',
  },
  no_healthy_upstream: {
    source: 'upstream',
    retryable: true,
    about: 'Every endpoint of the cluster is down or draining.',
  },
  upstream_connect_failed: {
    source: 'upstream',
    retryable: true,
    about: 'No connection to an endpoint could be made.',
  },
  upstream_reset: {
    source: 'upstream',
    retryable: false,
    about: 'The upstream connection died before the reply.',
  },
  request_timeout: { source: 'upstream', retryable: false, about: 'No reply came within the time allowed.' },
  over_limit: { source: 'filter', retryable: false, about: 'A rate limit refused the request.' },
  denied: { source: 'filter', retryable: false, about: 'A filter refused the request.' },
  bad_request: {
    source: 'downstream',
    retryable: false,
    about: 'The request cannot be understood or changed as asked.',
  },
  bad_response: {
    source: 'upstream',
    retryable: false,
    about: 'The reply cannot be understood or changed as asked.',
  },
  plugin_failed: { source: 'filter', retryable: false, about: 'A plugin failed and its policy is closed.' },
  overloaded: { source: 'proxy', retryable: true, about: 'A limit of the proxy itself is reached.' },
  draining: { source: 'proxy', retryable: true, about: 'The proxy is shutting down.' },
} as const satisfies Record<string, { source: ErrorSource; retryable: boolean; about: string }>

export type ErrorKind = keyof typeof errorTable

export function isErrorKind(text: string): text is ErrorKind {
  return Object.hasOwn(errorTable, text)
}

/** What a caller is told: the kind decides the protocol's code, the text is for people. */
export interface LocalError {
  readonly kind: ErrorKind
  readonly text: string
}
