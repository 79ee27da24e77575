/**
 * Piece: a part of a large command or reply, as it was received. Its body is what of the message's body is in it; before and
 * behind that stand other parts of the frame, which nobody may change.
 */
import { Message, type PropertyReader } from '../../sdk/index.ts'

export function pieceOf(parts: {
  readonly reader: PropertyReader
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  /** Where in the bytes the body begins and ends; both are 0 where nothing of it is here. */
  readonly bodyStart: number
  readonly bodyEnd: number
  readonly last: boolean
}): Message {
  const { reader, bytes, start, end, bodyStart, bodyEnd, last } = parts
  const piece = new Message(last ? 'stream-close' : 'stream-data', reader, bytes, start, end, 0)
  const empty = bodyEnd <= bodyStart
  piece.mark0 = empty ? end - start : end - bodyEnd
  piece.mark1 = empty ? 0 : bodyStart - start
  return piece
}

/** What of the body is in it. */
export function pieceBody(piece: Message): Buffer {
  return piece.bytes.subarray(piece.start + piece.mark1, piece.end - piece.mark0)
}

export function isPiece(message: Message): boolean {
  return message.kind === 'stream-data' || message.kind === 'stream-close'
}
