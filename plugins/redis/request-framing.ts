/**
 * RequestFraming: walks the framing of commands, as arrays or as lines. It looks at every byte of it once, wherever chunks
 * end, and passes over the arguments themselves. It says what it has found, and does nothing about it.
 */
import { ARGUMENTS_MAX, INLINE_BYTES_MAX } from './limits.ts'
import { NumberLine } from './number-line.ts'
import { ARRAY, BULK, endsLine, LF, shown } from './resp.ts'

/** begin => count => type => size => argument => type …, until the last argument => begin; begin => line => begin. */
type State = 'begin' | 'count' | 'type' | 'size' | 'argument' | 'line'

/**
 * `argument`: the bytes of one begin that is not here as a whole, or with which the command is large; `command`: all of its arguments are there; `line`: it came as a line, which is whole;
 * `nothing`: what has ended asks for nothing; `malformed`: nothing more can be read.
 */
export type RequestFinding = 'more' | 'argument' | 'command' | 'line' | 'nothing' | 'malformed'

/** The shortest argument: `$0`, and two line ends. */
const ARGUMENT_BYTES_MIN = 6
/** Behind its first digit. */
const SIZE_BYTES_MIN = 3

export class RequestFraming {
  found: RequestFinding = 'more'
  /** What is wrong, once something is. */
  problem = ''
  /** Arguments of the command that are still to come, and all of them. */
  left = 0
  count = 0
  /** Offset and size of the first argument within the command, and of the one at hand. */
  nameAt = 0
  nameSize = 0
  argumentAt = 0
  argumentSize = 0
  /** Bytes of the argument at hand that are still to come, with its line end. */
  missing = 0
  readonly #number = new NumberLine()
  readonly #largeBytes: number
  #state: State = 'begin'

  /** A command of more than so many bytes is large. */
  constructor(largeBytes: number) {
    this.#largeBytes = largeBytes
  }

  /** Whether a command has begun. */
  get begun(): boolean {
    return this.#state !== 'begin'
  }

  /** How many bytes more can be said to be needed. */
  get needed(): number {
    if (this.#state === 'begin') return 0
    return this.#state === 'argument' ? Math.max(1, this.missing) : 1
  }

  /** Whether what is at hand is in the last argument. */
  get inLastArgument(): boolean {
    return this.#state === 'argument' && this.left === 1
  }

  /** Whether the name of a command is whole. */
  get named(): boolean {
    return this.#state !== 'count' && this.#state !== 'line' && this.left !== this.count
  }

  /** How many bytes of the command have to come at least. */
  get restMin(): number {
    return this.#restOfOne() + (this.left - 1) * ARGUMENT_BYTES_MIN
  }

  /**
   * Reads on until something is found or the chunk is over; answers the offset behind what was read, and {@link found} says
   * what that was. `origin` is where in the chunk the command begins, below 0 where that was in one before.
   */
  read(chunk: Buffer, start: number, origin: number): number {
    this.found = 'more'
    let at = start
    while (this.found === 'more' && at < chunk.length) at = this.#step(chunk, at, origin)
    return at
  }

  #step(chunk: Buffer, at: number, origin: number): number {
    switch (this.#state) {
      case 'begin':
        this.#number.begin()
        this.#state = chunk[at] === ARRAY ? 'count' : 'line'
        return this.#state === 'count' ? at + 1 : at
      case 'count':
        return this.#countRead(this.#number.read(chunk, at))
      case 'type':
        if (chunk[at] !== BULK) this.#malformed(`expected '$', got ${shown(chunk[at] ?? 0)}`)
        this.#number.begin()
        this.#state = 'size'
        return at + 1
      case 'size':
        return this.#sizeRead(chunk, this.#number.read(chunk, at), origin)
      case 'argument':
        return this.#argument(chunk, at)
      case 'line':
        return this.#line(chunk, at, origin)
    }
  }

  #restOfOne(): number {
    if (this.#state === 'argument') return this.missing
    return this.#state === 'size' ? SIZE_BYTES_MIN : ARGUMENT_BYTES_MIN
  }

  #countRead(at: number): number {
    const { state, value } = this.#number
    if (state === 'more') return at
    if (state === 'bad' || value > ARGUMENTS_MAX) {
      this.#malformed('invalid multibulk length')
    } else if (value <= 0) {
      // An empty command is no command, and is not answered.
      this.#end('nothing')
    } else {
      this.#state = 'type'
      this.count = value
      this.left = value
    }
    return at
  }

  #sizeRead(chunk: Buffer, at: number, origin: number): number {
    const { state, value } = this.#number
    if (state === 'more') return at
    if (state === 'bad' || value < 0) {
      this.#malformed('invalid bulk length')
      return at
    }
    this.argumentAt = at - origin
    this.argumentSize = value
    if (this.left === this.count) {
      this.nameAt = this.argumentAt
      this.nameSize = value
    }
    this.missing = value + 2
    this.#state = 'argument'
    if (at + this.missing > chunk.length || this.argumentAt + value > this.#largeBytes)
      this.found = 'argument'
    return at
  }

  #argument(chunk: Buffer, at: number): number {
    const end = at + this.missing
    if (!endsLine(chunk, this.missing, end)) {
      this.#malformed('an argument does not end with CR LF')
      return at
    }
    if (end > chunk.length) {
      this.missing = end - chunk.length
      return chunk.length
    }
    if (--this.left > 0) this.#state = 'type'
    else this.#end('command')
    return end
  }

  #line(chunk: Buffer, at: number, origin: number): number {
    const feed = chunk.indexOf(LF, at)
    const end = feed < 0 ? chunk.length : feed + 1
    if (end - origin > INLINE_BYTES_MAX) this.#malformed('too big inline request')
    else if (feed >= 0) this.#end('line')
    return end
  }

  #end(found: 'command' | 'line' | 'nothing'): void {
    this.#state = 'begin'
    this.found = found
  }

  #malformed(problem: string): void {
    this.found = 'malformed'
    this.problem = problem
  }
}
