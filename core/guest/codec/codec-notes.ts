/** CodecNotes: the lines and counts that a codec says beside its answers, within the limits that filters have too. */
import { abi } from '../../../sdk/abi/abi.ts'
import { readText } from '../../../sdk/abi/text.ts'
import type { CallSink } from '../call-sink.ts'
import type { OpList } from '../op-list.ts'
import type { OpCursor } from './op-cursor.ts'

const { op } = abi
const LEVELS = ['debug', 'info', 'warn', 'error'] as const
const TEXT_BYTES_MAX = 4_096
const NAME_BYTES_MAX = 256

/** Whether an operation is one that may be said in every phase. */
export function isNote({ code }: OpCursor): boolean {
  return code === op.log || code === op.count
}

export class CodecNotes {
  readonly #sink: CallSink

  constructor(sink: CallSink) {
    this.#sink = sink
  }

  /** Another call begins. */
  begin(): void {
    this.#sink.begin(0, undefined)
  }

  /** Obeys the operation at the cursor; a text says what is wrong with it. */
  take(list: OpList, { code, argument, from, to }: OpCursor): string | undefined {
    if (code === op.log) {
      const level = LEVELS[argument]
      if (level === undefined) return 'a log level that does not exist'
      this.#sink.log(level, readText(list.bytes, from, Math.min(to, from + TEXT_BYTES_MAX)))
      return undefined
    }
    if (to - from < 5) return 'a count without a name'
    this.#sink.count(readText(list.bytes, from + 4, Math.min(to, from + 4 + NAME_BYTES_MAX)), list.u32(from))
    return undefined
  }
}
