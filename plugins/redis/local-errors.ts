/**
 * What each of the proxy's own errors begins with on the wire. Clients show the text of all of them and act on a few
 * first words: NOPERM is a lack of permission, CLUSTERDOWN and LOADING ask to come back later, BUSY is a server that
 * has no time.
 */
import type { ErrorKind } from '../../sdk/index.ts'
import { ERROR_TEXT_UNITS_MAX } from './limits.ts'

export const errorCodes = {
  route_not_found: 'ERR',
  cluster_not_found: 'ERR',
  no_healthy_upstream: 'CLUSTERDOWN',
  upstream_connect_failed: 'CLUSTERDOWN',
  upstream_reset: 'ERR',
  request_timeout: 'ERR',
  over_limit: 'BUSY',
  denied: 'NOPERM',
  bad_request: 'ERR',
  bad_response: 'ERR',
  plugin_failed: 'ERR',
  overloaded: 'BUSY',
  draining: 'LOADING',
} as const satisfies Record<ErrorKind, string>

/** One line, whatever the text says. */
export function errorLine(kind: ErrorKind, text: string): string {
  return `-${errorCodes[kind]} ${oneLine(`weir: ${kind}: ${text}`)}\r\n`
}

export function oneLine(text: string): string {
  return text.slice(0, ERROR_TEXT_UNITS_MAX).replace(/[\r\n]+/g, ' ')
}
