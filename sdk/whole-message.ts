/** WholeMessage: a message that came in pieces, when all of its bytes are in one place. */
import { Message } from './message.ts'

/** What the decoder noted on the beginning holds for the whole. */
export function wholeMessage(head: Message, bytes: Buffer): Message {
  const whole = new Message(head.kind, head.reader, bytes, 0, bytes.length, head.headerSize)
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
  if (head.sizeOpen) head.reader.completed?.(whole)
  return whole
}
