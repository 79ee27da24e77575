/**
 * The status that each of the proxy's own errors has on the wire. Callers of every version show the text of all
 * of them alike and tell only time-outs (30 and 31) apart, so only a real time-out is one; the others choose the
 * word that comes nearest for whoever reads a capture.
 */
import type { ErrorKind } from '../../sdk/index.ts'
import {
  STATUS_BAD_REQUEST,
  STATUS_BAD_RESPONSE,
  STATUS_SERVER_ERROR,
  STATUS_SERVER_TIMEOUT,
  STATUS_SERVICE_ERROR,
  STATUS_SERVICE_NOT_FOUND,
  STATUS_THREADS_EXHAUSTED,
} from './frame.ts'
import { ERROR_TEXT_UNITS_MAX } from './limits.ts'

export const errorStatus = {
  route_not_found: STATUS_SERVICE_NOT_FOUND,
  cluster_not_found: STATUS_SERVICE_NOT_FOUND,
  no_healthy_upstream: STATUS_SERVER_ERROR,
  upstream_connect_failed: STATUS_SERVER_ERROR,
  upstream_reset: STATUS_SERVER_ERROR,
  request_timeout: STATUS_SERVER_TIMEOUT,
  over_limit: STATUS_THREADS_EXHAUSTED,
  denied: STATUS_SERVICE_ERROR,
  bad_request: STATUS_BAD_REQUEST,
  bad_response: STATUS_BAD_RESPONSE,
  plugin_failed: STATUS_SERVER_ERROR,
  overloaded: STATUS_THREADS_EXHAUSTED,
  draining: STATUS_SERVER_ERROR,
} as const satisfies Record<ErrorKind, number>

/** What the caller reads, never empty: an empty body costs dubbo-go its connection. */
export function errorText(kind: ErrorKind, text: string): string {
  return `weir: ${kind}: ${text}`.slice(0, ERROR_TEXT_UNITS_MAX)
}
