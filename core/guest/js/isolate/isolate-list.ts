/**
 * IsolateList: the list of operations that answers a block, written where the host reads it. What does not fit ends the call. Its
 * first word says how much of it is whole, also when the call is stopped in the middle. Given as text, like all parts.
 */
import type { IsolateEngine } from './isolate-engine.ts'
import type { IsolateText } from './isolate-text.ts'
import type { IsolateValues } from './isolate-values.ts'

export interface IsolateListGiven {
  readonly engine: IsolateEngine
  readonly texts: IsolateText
  readonly values: IsolateValues
  readonly output: Uint8Array
  /** The longest list. */
  readonly bytesMax: number
}

export type IsolateList = ReturnType<typeof isolateList>

export function isolateList({ engine, texts, values, output, bytesMax }: IsolateListGiven) {
  const { freeze, copyInto, Words } = engine
  const words = new Words(output.buffer)
  const tooLong = freeze({})
  let start = 0
  let at = 4
  let open = 0
  let room = bytesMax
  let handle = 0
  /** Ends an operation that is still written when the next one begins. */
  let interrupt: (() => void) | undefined

  function fits(size: number): void {
    if (at + size > room) throw tooLong
  }
  /** Anywhere in the memory. */
  function setWord(place: number, value: number): void {
    output[place] = value
    output[place + 1] = value >>> 8
    output[place + 2] = value >>> 16
    output[place + 3] = value >>> 24
  }
  function take(size: number): number {
    fits(size)
    const from = at
    at += size
    return from
  }
  function word(value: number): void {
    setWord(take(4), value)
  }
  function bytes(value: Uint8Array): void {
    copyInto(output, value, take(value.length))
  }
  function text(value: string): void {
    // Room for three bytes a unit where that is nothing, else for what it takes.
    if (at + value.length * 3 > room) bytes(values.bytesIn(value))
    else at = texts.write(value, output, at)
  }
  function put(value: string | Uint8Array): void {
    if (typeof value === 'string') text(value)
    else bytes(value)
  }

  return {
    tooLong,
    bytesMax,
    take,
    word,
    setWord,
    /** What stands at a multiple of four. */
    wordAt: (place: number): number => words[place >>> 2] ?? 0,
    text,
    put,
    at: (): number => at,
    /** A text behind its size. */
    sizedText(value: string): void {
      const from = take(4)
      text(value)
      setWord(from, at - from - 4)
    },
    begin(code: number, argument: number): void {
      interrupt?.()
      fits(16)
      while ((at & 3) !== 0) output[at++] = 0
      open = at
      words[at >> 2] = code | (argument << 8)
      words[(at >> 2) + 2] = handle
      at += 12
    },
    end(): void {
      words[(open >> 2) + 1] = at - open
      words[start >> 2] = at - start
    },
    interruptBy(by: () => void): void {
      interrupt = by
    },
    /** Whom the next operations are about. */
    about(record: number): void {
      handle = record
    },
    /** A list begins here, which is a multiple of four. */
    reset(from: number): void {
      start = from
      at = from + 4
      room = from + bytesMax
      handle = 0
      words[from >> 2] = 4
    },
    /** Where the operations end that are whole. */
    wholeEnd: (): number => start + (words[start >> 2] ?? 4),
  }
}
