/**
 * Whether a filter's answer is a verdict. Filters in JavaScript are not held to the types, and what they answer is
 * obeyed outside of what catches their failures: so everything that will be read of it is looked at here.
 */
import { isErrorKind, Pause } from '../../sdk/index.ts'

export function understood(answer: unknown): boolean {
  if (typeof answer === 'string') return answer === 'continue' || answer === 'drop' || answer === 'close'
  if (typeof answer !== 'object' || answer === null || !('verdict' in answer)) return false
  if (answer.verdict === 'forward')
    return (
      'cluster' in answer &&
      namesCluster(answer.cluster) &&
      ('timeoutMs' in answer ? isTime(answer.timeoutMs) : true)
    )
  if (answer.verdict === 'reply')
    return (
      'error' in answer &&
      isErrorOrNone(answer.error) &&
      (!('reply' in answer) || isReplyOrNone(answer.reply))
    )
  return answer instanceof Pause
}

function namesCluster(cluster: unknown): boolean {
  if (typeof cluster === 'string') return true
  return (
    typeof cluster === 'object' && cluster !== null && 'name' in cluster && typeof cluster.name === 'string'
  )
}

function isTime(timeoutMs: unknown): boolean {
  return timeoutMs === undefined || (typeof timeoutMs === 'number' && timeoutMs >= 0)
}

function isErrorOrNone(error: unknown): boolean {
  if (error === undefined) return true
  if (typeof error !== 'object' || error === null || !('kind' in error) || !('text' in error)) return false
  return typeof error.kind === 'string' && isErrorKind(error.kind) && typeof error.text === 'string'
}

function isReplyOrNone(reply: unknown): boolean {
  if (reply === undefined) return true
  if (typeof reply !== 'object' || reply === null || !('properties' in reply)) return false
  if ('body' in reply && reply.body !== undefined && !Buffer.isBuffer(reply.body)) return false
  return Array.isArray(reply.properties) && reply.properties.every(isProperty)
}

function isProperty(pair: unknown): boolean {
  return Array.isArray(pair) && typeof pair[0] === 'string' && typeof pair[1] === 'string'
}
