/**
 * Streamed: which commands may go on before their last argument is whole. Not those of which something has to be known
 * that it may hold: a key, a channel, a subcommand, or what they do to their connection.
 */
import type { Message } from '../../sdk/index.ts'
import { keyPlaces } from './keys.ts'
import { specOf } from './request-frame.ts'

export function passesInPieces(message: Message): boolean {
  const spec = specOf(message)
  const last = message.mark0 - 1
  if (spec === undefined || spec.role !== 'plain') return false
  if (spec.container && last < 2) return false
  if (spec.channels > 0 && last <= spec.channels) return false
  return !keyPlaces(message).includes(last)
}
