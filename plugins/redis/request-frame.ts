/**
 * RequestFrame: the notes that the decoder leaves on the message of a command, and the arguments found by them. A
 * request is always an array of bulk strings here; one that came as a line was written anew.
 *
 *     *3 CR LF   $3 CR LF SET CR LF   $1 CR LF k CR LF   $5 CR LF value CR LF
 *     mark0: 3   mark1: offset of SET   mark2: size of SET   mark3: place in the table of commands, and database
 */
import type { Message } from '../../sdk/index.ts'
import { type CommandSpec, commandSpecs } from './commands.ts'
import { DIGIT_0, DIGIT_9 } from './resp.ts'

/** How many commands the table may have; the database stands above. */
const COMMANDS_MAX = 4_096

/** Databases beyond this are not told apart. */
export const DATABASE_MAX = 65_535

export function frameMark(command: number, database: number): number {
  return command + database * COMMANDS_MAX
}

export function specOf(message: Message): CommandSpec | undefined {
  return commandSpecs[message.mark3 % COMMANDS_MAX]
}

export function databaseOf(message: Message): number {
  return Math.floor(message.mark3 / COMMANDS_MAX)
}

/** One argument after the other; the first is the command. */
export class ArgumentCursor {
  readonly #message: Message
  index = 0
  start: number
  end: number

  constructor(message: Message) {
    this.#message = message
    this.start = message.start + message.mark1
    this.end = this.start + message.mark2
  }

  /** Goes to the next argument; false when there is none, or when its size is not here. */
  next(): boolean {
    const { bytes, mark0, end } = this.#message
    if (this.index + 1 >= mark0 || this.end > end) return false
    // Behind the argument before stand CR LF and `$`; the decoder has seen that the number is one.
    let at = this.end + 3
    let size = 0
    for (let byte = bytes[at] ?? 0; byte >= DIGIT_0 && byte <= DIGIT_9; byte = bytes[++at] ?? 0)
      size = size * 10 + byte - DIGIT_0
    if (at + 2 > end) return false
    this.index++
    this.start = at + 2
    this.end = this.start + size
    return true
  }

  /** Whether the argument is here, or comes behind in pieces. */
  get whole(): boolean {
    return this.end <= this.#message.end
  }

  /** Goes on to an argument that is not behind; false when there is none. */
  seek(index: number): boolean {
    while (this.index < index) if (!this.next()) return false
    return this.index === index
  }

  get bytes(): Buffer {
    return this.#message.bytes.subarray(this.start, this.end)
  }

  /** The argument as latin1 capitals; only for words of the protocol. */
  get word(): string {
    return this.#message.bytes
      .toString('latin1', this.start, Math.min(this.end, this.start + 64))
      .toUpperCase()
  }
}

/** One argument's bytes; `undefined` when there are not so many, or when it is not whole yet. */
export function argumentOf(message: Message, index: number): Buffer | undefined {
  const cursor = new ArgumentCursor(message)
  return cursor.seek(index) && cursor.whole ? cursor.bytes : undefined
}

/** How many arguments are here as a whole, the name among them. */
export function wholeArguments(message: Message): number {
  const cursor = new ArgumentCursor(message)
  while (cursor.whole) if (!cursor.next()) return cursor.index + 1
  return cursor.index
}
