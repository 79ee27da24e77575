/** JoinPieces: a message that came in pieces as one, for whoever needs all of it at once. */
import { Message } from './message.ts'

/** Copies the pieces behind the beginning; what the decoder noted on it holds for the whole. */
export function joinPieces(head: Message, pieces: readonly Message[]): Message {
  let size = head.end - head.start
  for (const piece of pieces) size += piece.end - piece.start
  const bytes = Buffer.allocUnsafeSlow(size)
  let at = head.bytes.copy(bytes, 0, head.start, head.end)
  for (const piece of pieces) at += piece.bytes.copy(bytes, at, piece.start, piece.end)
  const whole = new Message(head.kind, head.reader, bytes, 0, size, head.headerSize)
  whole.idHigh = head.idHigh
  whole.idLow = head.idLow
  whole.idText = head.idText
  whole.streamId = head.streamId
  whole.status = head.status
  whole.affinity = head.affinity
  whole.waitMs = head.waitMs
  whole.origin = head.origin
  whole.mark0 = head.mark0
  whole.mark1 = head.mark1
  whole.mark2 = head.mark2
  whole.mark3 = head.mark3
  whole.parts = head.parts
  return whole
}
