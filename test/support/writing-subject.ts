/** WritingSubject: what a codec that works elsewhere is handed again when it has to write what it was told of. */
import type { Writing } from '../../sdk/index.ts'

export function writingSubject(writing: Writing): object {
  switch (writing.kind) {
    case 'message':
      return writing.message
    case 'error':
      return writing.error
    case 'reply':
      return writing.reply
    case 'heartbeat-reply':
      return writing.heartbeat
    case 'drain-reply':
      return writing.drain
  }
}
