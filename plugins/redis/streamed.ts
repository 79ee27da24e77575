/**
 * Streamed: whether a command may go on before it is whole. Its name has to be here, and what it does to its connection known.
 * For its keys and channels is waited, so that rules can be told them, but not for ever.
 */
import type { Message } from '../../sdk/index.ts'
import type { Role } from './commands.ts'
import { keysLack } from './keys.ts'
import { specOf } from './request-frame.ts'

/** As what may pass in pieces is counted, so many times as much is waited for keys and channels. */
const KEYS_WAIT = 4

/** Roles of which the first two arguments tell everything. */
const TOLD: readonly Role[] = ['plain', 'script', 'watch', 'subscribe', 'sticky', 'monitor']

/** How many bytes of a command have to be known of before it is looked at again; 0 when it may go on now. */
export function passesFrom(
  message: Message,
  wholeCount: number,
  limits: { readonly size: number; readonly piecesFrom: number },
): number {
  const { size, piecesFrom } = limits
  const spec = specOf(message)
  const needed = spec?.container === true ? Math.min(2, message.mark0) : 1
  if (spec === undefined || wholeCount < needed) return size * 2
  if (!TOLD.includes(spec.role)) return Number.POSITIVE_INFINITY
  const lacks =
    keysLack(message, wholeCount, 'all') ||
    (spec.channels > 0 && channelsLack(spec.name, message, wholeCount))
  return lacks && size <= piecesFrom * KEYS_WAIT ? piecesFrom * KEYS_WAIT : 0
}

function channelsLack(name: string, message: Message, wholeCount: number): boolean {
  return name.endsWith('PUBLISH') ? wholeCount < Math.min(2, message.mark0) : wholeCount < message.mark0
}
