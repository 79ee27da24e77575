/**
 * Piece: a part of a large string, as it was received. The last one has the line end behind it, which may have been cut in
 * two.
 */
import { Message, type PropertyReader } from '../../sdk/index.ts'

const LINE_END_SIZE = 2

export function pieceOf(parts: {
  readonly reader: PropertyReader
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  /** Bytes that are still to come behind it, the line end among them. */
  readonly missing: number
}): Message {
  const { reader, bytes, start, end, missing } = parts
  const piece = new Message(missing === 0 ? 'stream-close' : 'stream-data', reader, bytes, start, end, 0)
  piece.mark0 = Math.min(end - start, Math.max(0, LINE_END_SIZE - missing))
  return piece
}

/** What of the string is in it. */
export function pieceBody(piece: Message): Buffer {
  return piece.bytes.subarray(piece.start, piece.end - piece.mark0)
}

export function isPiece(message: Message): boolean {
  return message.kind === 'stream-data' || message.kind === 'stream-close'
}
