/** JoinPieces: a message that came in pieces as one, for whoever needs all of it at once. */
import type { Message } from './message.ts'
import { wholeMessage } from './whole-message.ts'

/** Copies the pieces behind the beginning. */
export function joinPieces(head: Message, pieces: readonly Message[]): Message {
  let size = head.end - head.start
  for (const piece of pieces) size += piece.end - piece.start
  const bytes = Buffer.allocUnsafeSlow(size)
  let at = head.bytes.copy(bytes, 0, head.start, head.end)
  for (const piece of pieces) at += piece.bytes.copy(bytes, at, piece.start, piece.end)
  return wholeMessage(head, bytes)
}
