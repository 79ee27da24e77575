/** Reply timeout: how long the upstream may take for one request. */
import type { Forward, Message } from '../../sdk/index.ts'
import type { ListenerOptions } from './options.ts'

/** The route's or the listener's, shortened by what the request itself says, where that is configured; 0 waits for ever. */
export function replyTimeoutMs(options: ListenerOptions, verdict: Forward, request: Message): number {
  const usual = verdict.timeoutMs ?? options['request-timeout']
  const { waitMs } = request
  // What waits for ever is ended by its caller.
  const configured = waitMs === 0 || usual === 0 ? usual : waitMs === Infinity ? 0 : usual + waitMs
  const property = options['timeout-property']
  if (property === undefined) return configured
  const asked = Number(request.get(property))
  if (!(asked > 0)) return configured
  return configured > 0 ? Math.min(configured, asked) : asked
}
